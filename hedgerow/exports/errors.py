"""What keeps an export from being made."""


class InvalidExportError(Exception):
    """What is asked for cannot be exported, and never will be as it is asked for; the message is for who asked."""


class InvalidExportContext(InvalidExportError):  # noqa: N818 - the name is told to clients
    """It is not said what is to be exported."""


class NotAvailableError(Exception):
    """This server has no means to make the file; the message is for who asked."""
