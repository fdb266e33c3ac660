// Light or dark, as somebody chose in this browser; without a choice as the device is set.
"use strict";

(() => {
  const KEY = "theme";

  function show() {
    const theme = localStorage.getItem(KEY);
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    const choice = document.getElementById("appearance");
    if (choice) choice.value = document.documentElement.dataset.theme ?? "";
  }

  show();
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("change", (event) => {
    if (event.target.id !== "appearance") return;
    localStorage.setItem(KEY, event.target.value);
    show();
    redrawCharts();
  });
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    show();
    redrawCharts();
  });
})();
