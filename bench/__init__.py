"""Speed, always beside its floor: the same hops, on the same servers, in the same run."""
