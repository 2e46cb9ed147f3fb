"""The screens of 管理画面: plain forms that work without a script, each at its own address."""
