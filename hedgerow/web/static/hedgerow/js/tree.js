// The tree of files in the side bar: remembers what is open, works by the keyboard, moves by drag and drop.
"use strict";

{
  const panel = () => document.getElementById("side-panel");
  const toggle = () => document.getElementById("side-toggle");
  const tree = () => document.getElementById("tree");
  const dialog = () => document.getElementById("entry-dialog");
  const wide = window.matchMedia("(min-width: 56.01rem)");
  const isWide = () => wide.matches;
  const groupOf = (item) => item.parentElement.querySelector(":scope > [role=group]");
  const items = () => [...tree().querySelectorAll("[role=treeitem]")].filter((item) => !item.closest("[hidden]"));
  const key = () => `hedgerow.tree.${tree().dataset.project}`;
  const MOST_OPEN = 100;
  let focused = null;

  function kept() {
    try {
      return { shown: true, open: [], ...JSON.parse(localStorage.getItem(key())) };
    } catch {
      return { shown: true, open: [] }; // what was kept cannot be read, or nothing may be kept
    }
  }

  function keep(change) {
    try {
      localStorage.setItem(key(), JSON.stringify({ ...kept(), ...change }));
    } catch { /* nothing may be kept */ }
  }

  function show(isShown) {
    toggle().setAttribute("aria-expanded", String(isShown));
    panel().hidden = !isShown;
    if (isShown && !tree().childElementCount) tree().dispatchEvent(new Event("tree:load"));
  }

  function openFolder(item, isOpen) {
    if (item.getAttribute("aria-expanded") === String(isOpen)) return;
    item.setAttribute("aria-expanded", String(isOpen));
    groupOf(item).hidden = !isOpen;
    if (isOpen) groupOf(item).dispatchEvent(new Event("tree:open"));
    const others = kept().open.filter((path) => path !== item.dataset.path);
    keep({ open: isOpen ? [...others, item.dataset.path].slice(-MOST_OPEN) : others });
  }

  function focus(item) {
    if (!item) return;
    for (const each of tree().querySelectorAll("[role=treeitem][tabindex='0']")) each.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
  }

  function activate(item) {
    if (item.hasAttribute("aria-expanded")) openFolder(item, item.getAttribute("aria-expanded") !== "true");
    else item.querySelector("a.tree-name")?.click();
  }

  async function openDialog(address, then) {
    await window.htmx.ajax("GET", address, { target: dialog(), swap: "innerHTML" });
    if (!dialog().childElementCount) return;
    dialog().showModal();
    const field = dialog().querySelector(then);
    field?.focus();
    field?.select?.();
  }

  const moreOf = (item) => item.querySelector("[data-entry]").dataset.entry;

  const KEYS = {
    ArrowDown: (item) => focus(items()[items().indexOf(item) + 1]),
    ArrowUp: (item) => focus(items()[items().indexOf(item) - 1]),
    Home: () => focus(items()[0]),
    End: () => focus(items().at(-1)),
    ArrowRight: (item) => {
      if (item.getAttribute("aria-expanded") === "false") openFolder(item, true);
      else focus(groupOf(item)?.querySelector("[role=treeitem]"));
    },
    ArrowLeft: (item) => {
      if (item.getAttribute("aria-expanded") === "true") openFolder(item, false);
      else focus(item.closest("[role=group]")?.parentElement.querySelector("[role=treeitem]"));
    },
    Enter: activate,
    " ": activate,
    F2: (item) => openDialog(moreOf(item), "#entry-name"),
    ContextMenu: (item) => openDialog(moreOf(item), "#entry-name"),
    Delete: (item) => openDialog(moreOf(item), "#entry-delete"),
  };

  // A letter leads to the next name that begins with it.
  function typeAhead(item, letter) {
    const all = items();
    const later = [...all.slice(all.indexOf(item) + 1), ...all.slice(0, all.indexOf(item))];
    const named = (each) => each.querySelector(".tree-name").textContent.toLowerCase().startsWith(letter.toLowerCase());
    focus(later.find(named));
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && toggle()?.getAttribute("aria-expanded") === "true" && !isWide() && !dialog().open) {
      show(false);
      toggle().focus();
    }
    const item = event.target;
    if (!item.matches?.("#tree [role=treeitem]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.key]) KEYS[event.key](item);
    else if (event.key.length === 1) typeAhead(item, event.key);
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const more = event.target.closest("[data-entry]");
    const row = event.target.closest("#tree .tree-row");
    if (more) openDialog(more.dataset.entry, "#entry-name");
    else if (row && !event.target.closest("a")) {
      focus(row);
      activate(row);
    } else if (event.target.closest("#side-toggle")) {
      const isShown = toggle().getAttribute("aria-expanded") !== "true";
      show(isShown);
      if (isWide()) keep({ shown: isShown });
    } else if (event.target.closest("#tree-new")) {
      const form = document.getElementById("tree-new-form");
      form.hidden = !form.hidden;
      if (!form.hidden) form.elements.name.focus();
    } else if (event.target.closest("[data-closes-dialog]") || event.target === dialog()) dialog().close();
  });

  // Moving by drag and drop: onto a folder, or between the rows to the top.
  let dragged = null;
  const folderUnder = (event) => event.target.closest?.("#tree [role=treeitem][data-path]");

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("#tree [role=treeitem]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector(".tree-name").textContent);
  });
  document.addEventListener("dragover", (event) => {
    for (const each of document.querySelectorAll(".tree-target")) each.classList.remove("tree-target");
    if (!dragged || !event.target.closest?.("#tree")) return;
    event.preventDefault();
    (folderUnder(event) ?? tree()).classList.add("tree-target");
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    for (const each of document.querySelectorAll(".tree-target")) each.classList.remove("tree-target");
  });
  document.addEventListener("drop", (event) => {
    if (!dragged || !event.target.closest?.("#tree")) return;
    event.preventDefault();
    const folder = folderUnder(event);
    if (folder === dragged) return;
    const token = document.querySelector("#tree-new-form [name=csrfmiddlewaretoken]").value;
    const values = { do: "move", id: dragged.dataset.id, folder: folder?.dataset.path ?? "", csrfmiddlewaretoken: token };
    window.htmx.ajax("POST", tree().dataset.change, { target: tree(), swap: "innerHTML", values });
  });

  // Whoever asks for the tree is told which folders are open.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.target === tree()) event.detail.parameters.open = kept().open;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === tree()) focused = document.activeElement?.closest("#tree [role=treeitem]")?.dataset.id;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== tree() && !event.target.closest?.("#tree")) return;
    const again = focused && tree().querySelector(`[data-id="${focused}"]`);
    if (again && event.target === tree()) focus(again);
    const first = items()[0];
    if (first && !tree().querySelector("[role=treeitem][tabindex='0']")) first.tabIndex = 0;
    if (event.target !== tree() || event.detail.requestConfig?.verb !== "post") return;
    const form = document.getElementById("tree-new-form");
    form.reset();
    form.hidden = true;
    if (dialog().open) dialog().close();
    const told = tree().querySelector(".tree-told").textContent.trim();
    if (told && panel().hidden) show(true);
  });

  // Beside the page where there is room for it, else behind its button.
  function settle() {
    if (toggle()) show(isWide() && kept().shown);
  }
  document.addEventListener("DOMContentLoaded", settle);
  wide.addEventListener("change", settle);
}
