// Says what an old browser lacks. Written so that an old browser can read it.
(function () {
  "use strict";
  document.documentElement.className = "scripts"; // takes away the words about switched-off JavaScript
  function lacking() {
    var missing = [];
    if (!("noModule" in HTMLScriptElement.prototype)) missing.push("JavaScript modules");
    if (!window.CSS || !CSS.supports || !CSS.supports("color", "light-dark(white, black)"))
      missing.push("light and dark colours (light-dark)");
    if (!window.EventSource) missing.push("live updates (EventSource)");
    if (!window.HTMLDialogElement || !HTMLDialogElement.prototype.showModal) missing.push("dialogs");
    if (!Array.prototype.at || !window.structuredClone) missing.push("current JavaScript (2022)");
    return missing;
  }
  document.addEventListener("DOMContentLoaded", function () {
    var missing = lacking();
    if (!missing.length) return;
    var banner = document.getElementById("lacks");
    var text = banner.querySelector("span");
    text.textContent = text.getAttribute("data-text").replace("{what}", missing.join(", "));
    banner.removeAttribute("hidden");
  });
})();
