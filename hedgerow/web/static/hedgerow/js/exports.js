// A file that somebody waited for is downloaded as soon as it is there.
"use strict";

(() => {
  document.addEventListener("htmx:afterSettle", () => {
    const ready = document.querySelector("#dialog a[data-downloads]");
    if (!ready) return;
    delete ready.dataset.downloads; // once: the link stays for those who want it again
    ready.click();
  });
})();
