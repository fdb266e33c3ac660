// The dialog that searches everything: opened by its button or Ctrl-K, worked by the keyboard.
"use strict";

{
  const finder = () => document.getElementById("finder");
  const field = () => document.getElementById("finder-text");
  const options = () => [...document.querySelectorAll("#finder [role=option]")];
  let goWhenFound = false;

  function openFinder() {
    if (finder().open) return;
    finder().showModal();
    field().select();
    field().dispatchEvent(new Event("finder:open"));
  }

  function choose(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) field().setAttribute("aria-activedescendant", option.id);
    else field().removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  const chosen = () => document.querySelector("#finder [role=option][aria-selected=true]");

  function move(by) {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    choose(all[(at + by + all.length) % all.length]);
  }

  function go(inNewTab) {
    const option = chosen();
    if (!option) return;
    if (inNewTab) window.open(option.href, "_blank", "noopener");
    else window.location = option.href;
  }

  const isAsking = () => field().value.trim() !== field().dataset.found;

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (!finder()) return;
      event.preventDefault();
      if (finder().open) finder().close();
      else openFinder();
      return;
    }
    if (event.target !== field()) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      // What is asked for may still be on its way: go there once it has come.
      if (isAsking()) goWhenFound = true;
      else go(event.ctrlKey || event.metaKey);
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens-finder]")) openFinder();
    // The dialog itself is hit only beside what stands in it.
    else if (event.target.closest(".finder-close") || event.target === finder()) finder().close();
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target === field()) field().dataset.asked = field().value.trim();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "finder-found") return;
    field().dataset.found = field().dataset.asked;
    choose(options()[0]);
    if (!goWhenFound || isAsking()) return; // an answer to what was written before
    goWhenFound = false;
    go(false);
  });
  for (const end of ["input", "htmx:sendError"]) document.addEventListener(end, () => { goWhenFound = false; });
}
