"""Letting somebody in who has lost their second factor; for operators, who know who asks."""

from hedgerow.accounts.second_factor import switch_off
from hedgerow.organizations.models import User


def drop_second_factor(email: str) -> User | None:
    """Switch the second factor of the person off; None when nobody has this e-mail."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is not None:
        switch_off(user)
    return user
