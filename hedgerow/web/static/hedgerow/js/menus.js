// Menus of tiles and rows. They are in the top layer, so that nothing cuts them off, which knows nothing of their buttons.
"use strict";

(() => {
  function place(menu) {
    const button = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const below = button.bottom + 4 + height <= window.innerHeight;
    menu.style.left = `${Math.max(8, button.right - width)}px`;
    menu.style.top = `${below ? button.bottom + 4 : Math.max(8, button.top - height - 4)}px`;
  }

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.(".top-menu") || event.newState !== "open") return;
    place(menu);
    menu.querySelector("a, button")?.focus({ preventScroll: true });
  }, true);

  document.addEventListener("scroll", () => {
    document.querySelectorAll(".top-menu:popover-open").forEach(place);
  }, { passive: true, capture: true });
})();
