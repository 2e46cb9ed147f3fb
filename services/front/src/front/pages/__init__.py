"""The register's screens, server-rendered. `routes` mounts them on the application.

A page handler finds what it needs on the application (`front.http.keys`):

- `app[DESK]` (`front.handlers.Desk`): `ask(caller, service, command, idempotency)` for any question
  or command, `log_in`, `sessions.log_out`, `store`, `read_terminal`, `check_terminal`,
  `read_journal`; `live` for screens heard.
- `app[GUARD]` (`front.http.guard.Guard`): `session(request)` for who is logged in, `check_form` for
  a form's `csrf_token` (`front.tokens.csrf_token(caller.token)` is what to print into it),
  `remember` and `forget` for the cookie.
- Scripts call `/api/v1` with the cookie and the header `X-CSRF-Token`, and listen to
  `/api/v1/stores/{store}/registers/{register}/events`.
"""
