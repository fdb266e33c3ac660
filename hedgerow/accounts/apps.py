from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out


class AccountsConfig(AppConfig):
    name = "hedgerow.accounts"

    def ready(self) -> None:
        """Have each login and logout noted, and make known the work of accounts."""
        from hedgerow.accounts import jobs, mails  # noqa: F401 - importing them is what does it
        from hedgerow.accounts.sessions import forget_session, note_session

        user_logged_in.connect(note_session, dispatch_uid="note_session")
        user_logged_out.connect(forget_session, dispatch_uid="forget_session")
