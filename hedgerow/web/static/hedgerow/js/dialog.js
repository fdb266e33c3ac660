// The dialog of a page: opens with what it asked the server for; who opened it has the focus again when it closes.
"use strict";

(() => {
  const dialog = () => document.getElementById("dialog");
  let opener = null;

  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens-dialog]");
    if (opens) {
      const menu = opens.closest("details.menu");
      const popover = opens.closest("[popover]");
      opener = menu?.querySelector("summary") ?? (popover ? document.querySelector(`[popovertarget="${popover.id}"]`) : opens);
      if (menu) menu.open = false;
      popover?.hidePopover();
    }
    // A click beside what the dialog shows is on the dialog itself.
    if (event.target.closest("#dialog [data-closes-dialog]") || event.target === dialog()) dialog().close();
    const folds = event.target.closest("[data-folds]");
    if (!folds) return;
    const folded = folds.closest("details");
    folded.open = false;
    folded.querySelector("summary").focus();
  });

  // What was unfolded to write in is written in.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.in-place[open]")) event.target.querySelector("input:not([type=hidden])").focus();
  }, true);

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "dialog-body") return;
    const isOpen = dialog().open;
    if (!isOpen) dialog().showModal();
    const wanted = dialog().querySelector("[aria-invalid], [data-focus]") ?? (isOpen ? null : dialog().querySelector("[autofocus]"));
    wanted?.focus();
    // What was pressed may be gone with the old content.
    if (!dialog().contains(document.activeElement)) dialog().querySelector("h2, button").focus();
  });

  document.addEventListener("DOMContentLoaded", () => {
    dialog()?.addEventListener("close", () => {
      document.getElementById("dialog-body").replaceChildren();
      (opener?.isConnected ? opener : document.getElementById(opener?.id) ?? document.getElementById("main")).focus();
    });
  });
})();
