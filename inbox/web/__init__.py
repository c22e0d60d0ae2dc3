"""HTTP only: who asks, what for, which verb answers, what is shown. `routes.py` has every address."""
