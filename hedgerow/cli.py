"""The commands of Hedgerow. Heavy imports wait until the command that needs them runs."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from hedgerow.settings import Settings, load_settings


def data_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option every command has that touches data."""
    return click.option("--data-dir", type=click.Path(path_type=Path), help="Directory of the data.")(command)


@click.group()
@click.version_option(package_name="hedgerow")
def main() -> None:
    """Product analytics you own."""


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@data_dir_option
@click.option("--capture-workers", type=click.IntRange(1, 64), help="Number of capture processes.")
@click.option("--demo", is_flag=True, help="Send the sample project's events once the server is ready.")
def serve(demo: bool, **options: Any) -> None:
    """Run the server until SIGTERM or Ctrl-C."""
    settings = _settings(**options)
    _configure_logging(settings)
    _hear_signals()
    from hedgerow.supervisor import AlreadyServedError, supervise

    def ready() -> None:
        click.echo(f"Hedgerow is ready: {settings.base_url}")
        if demo:
            # Beside the server, which must go on reacting to signals.
            threading.Thread(target=_send_demo, args=(settings,), daemon=True, name="demo").start()

    try:
        sys.exit(supervise(settings, ready))
    except AlreadyServedError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--email", required=True, help="Login of the person.")
@click.option("--password", required=True, help="Password; an existing person's password is not changed.")
@click.option("--organization", required=True, help="Name of the organization.")
@click.option("--project", required=True, help="Name of the project.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@data_dir_option
def setup(email: str, password: str, organization: str, project: str, as_json: bool, data_dir: Path | None) -> None:
    """Make a person, an organization and a project where they are missing; print the keys."""
    account = _set_up(_settings(data_dir=data_dir), email, password, organization, project)
    if as_json:
        click.echo(json.dumps(account))
        return
    for name, value in account.items():
        click.echo(f"{name:<22}{value}")


@main.command()
@click.option("--host", help="Address of the server; the one in the settings when not given.")
@click.option("--project-api-key", help="Project to send to; when not given, a demo account and project are made.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 730), help="Days of history.")
@click.option(
    "--people", default=5000, show_default=True, type=click.IntRange(1, 1_000_000), help="Number of visitors."
)
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same events.")
@data_dir_option
def demo(
    host: str | None, project_api_key: str | None, days: int, people: int, seed: int, data_dir: Path | None
) -> None:
    """Send a realistic sample through the capture endpoint of a running server."""
    settings = _settings(data_dir=data_dir)
    if project_api_key is None:
        project_api_key = _demo_account(settings)["project_api_key"]
    from hedgerow.demo import DemoError, run_demo

    try:
        sent = run_demo(host or settings.base_url, project_api_key, days=days, people=people, seed=seed)
    except DemoError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Sent {sent.events:,} events of {sent.people:,} people, {sent.first:%Y-%m-%d} to {sent.last:%Y-%m-%d}.")


@main.command()
@data_dir_option
def doctor(data_dir: Path | None) -> None:
    """Check the machine, the settings and the stores; exit status 1 when something is wrong."""
    from hedgerow.doctor import examine

    sys.exit(examine(_settings(data_dir=data_dir)))


@main.command("lift-sso")
@click.argument("domain")
@data_dir_option
def lift_sso(domain: str, data_dir: Path | None) -> None:
    """Let the people of an e-mail DOMAIN log in with their passwords again, if single sign-on keeps them out."""
    _open_records(_settings(data_dir=data_dir))
    from hedgerow.domains.changing import lift_enforcement

    lifted = lift_enforcement(domain)
    if lifted is None:
        raise click.ClickException(f"No organization has the domain {domain}.")
    click.echo(f"People with an address at {lifted.domain} may log in with their passwords again.")


@main.command("drop-second-factor")
@click.argument("email")
@data_dir_option
def drop_second_factor(email: str, data_dir: Path | None) -> None:
    """Switch off the second factor of the person with this EMAIL, who has lost it."""
    _open_records(_settings(data_dir=data_dir))
    from hedgerow.accounts.dropping import drop_second_factor as drop

    user = drop(email)
    if user is None:
        raise click.ClickException(f"Nobody has the e-mail {email}.")
    click.echo(f"{user.email} is asked for the password alone.")


@main.command(hidden=True)
@click.option("--worker", type=int, required=True)
@click.option("--app-socket", type=click.Path(path_type=Path), required=True)
def capture(worker: int, app_socket: Path) -> None:
    """One capture process, started by `serve`."""
    settings = _settings()
    _configure_logging(settings)
    _hear_signals()
    _end_with_parent()
    from hedgerow.capture.server import serve as serve_capture

    serve_capture(settings, worker, app_socket)


@main.command(hidden=True)
@click.option("--socket", type=click.Path(path_type=Path), required=True)
def app(socket: Path) -> None:
    """The app process, started by `serve`."""
    settings = _settings()
    _configure_logging(settings)
    _hear_signals()
    _end_with_parent()
    from hedgerow.app import serve as serve_app

    serve_app(settings, socket)


def _settings(**options: Any) -> Settings:
    try:
        return load_settings(**options)
    except ValidationError as error:
        problems = "; ".join(f"HEDGEROW_{str(part['loc'][0]).upper()}: {part['msg']}" for part in error.errors())
        raise click.ClickException(problems) from error


def _configure_logging(settings: Settings) -> None:
    from hedgerow.logs import configure_logging

    configure_logging(settings)


def _open_records(settings: Settings) -> None:
    """Set Django up for these settings, with tables that are up to date."""
    os.environ.update(settings.as_environment())
    from hedgerow.migrate import migrate_records

    migrate_records(settings)


def _set_up(settings: Settings, email: str, password: str, organization: str, project: str) -> dict[str, Any]:
    _open_records(settings)
    from hedgerow.organizations.setup import set_up

    result = set_up(email, password, organization, project)
    return {
        "host": settings.base_url,
        "email": result.email,
        "personal_api_key": result.personal_api_key,
        "project_api_key": result.project_api_key,
        "project_id": result.project_id,
        "organization_id": result.organization_id,
    }


def _demo_account(settings: Settings) -> dict[str, Any]:
    """The demo login, made on first use; its password is kept in the data directory."""
    import secrets

    password_file = settings.data_dir / "demo-password"
    if not password_file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(12))
    password = password_file.read_text()
    account = _set_up(settings, "demo@example.com", password, "Hedgerow demo", "Sample project")
    click.echo(f"\n  address           {account['host']}")
    click.echo(f"  login             {account['email']}")
    click.echo(f"  password          {password}")
    click.echo(f"  project API key   {account['project_api_key']}")
    click.echo(f"  personal API key  {account['personal_api_key']}\n")
    return account


def _send_demo(settings: Settings) -> None:
    import subprocess

    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "hedgerow.cli", "demo", "--data-dir", str(settings.data_dir)],
        env={**os.environ, **settings.as_environment()},
        check=False,
    )


def _hear_signals() -> None:
    """Undo what whoever started us may have blocked: signals that stay blocked would never end this process."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})


def _end_with_parent() -> None:
    """End this process like SIGTERM does when the supervisor is gone and with it the pipe on standard input."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()


if __name__ == "__main__":
    main()
