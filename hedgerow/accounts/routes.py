"""Paths of signing in and up."""

from hedgerow.accounts.views.login import LoginPrecheckView, LoginTokenView, LoginView
from hedgerow.accounts.views.signup import InviteSignupView, SignupView
from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_root_view("login", LoginView, "login")
    router.register_root_view("login/precheck", LoginPrecheckView, "login_precheck")
    router.register_root_view("login/token", LoginTokenView, "login_token")
    router.register_root_view("signup", SignupView, "signup")
    router.register_root_view("signup/(?P<invite_id>[^/]+)", InviteSignupView, "signup_invite")
