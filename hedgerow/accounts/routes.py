"""Paths of signing in and up."""

from hedgerow.accounts.views.device import AuthorizeDeviceView, DeviceCodeView, PollDeviceView
from hedgerow.accounts.views.login import LoginPrecheckView, LoginTokenView, LoginView
from hedgerow.accounts.views.resetting import AskForResetView, ResetView
from hedgerow.accounts.views.signup import InviteSignupView, SignupView
from hedgerow.accounts.views.verification import RequestVerificationView, VerifyEmailView
from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_root_view("login", LoginView, "login")
    router.register_root_view("login/precheck", LoginPrecheckView, "login_precheck")
    router.register_root_view("login/token", LoginTokenView, "login_token")
    router.register_root_view("signup", SignupView, "signup")
    router.register_root_view("signup/(?P<invite_id>[^/]+)", InviteSignupView, "signup_invite")
    router.register_root_view("reset", AskForResetView, "reset")
    router.register_root_view("reset/(?P<user_uuid>[^/]+)", ResetView, "reset_password")
    router.register_root_view("users/verify_email", VerifyEmailView, "verify_email")
    router.register_root_view("users/request_email_verification", RequestVerificationView, "request_verification")
    router.register_root_view("cli-auth/device-code", DeviceCodeView, "device_code")
    router.register_root_view("cli-auth/authorize", AuthorizeDeviceView, "authorize_device")
    router.register_root_view("cli-auth/poll", PollDeviceView, "poll_device")
