// Language switch, chart tips, open details when printing. No request leaves the page.
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "quality-observatory-language";

  function remembered() {
    try { return window.localStorage.getItem(KEY); } catch (e) { return null; }
  }
  function remember(language) {
    try { window.localStorage.setItem(KEY, language); } catch (e) { /* storage refused: the links carry the language */ }
  }
  function show(language) {
    root.className = "lang-" + language;
    root.lang = language === "en" ? "en" : "zh-CN";
  }
  function mark(language) {
    document.querySelectorAll("button[data-lang]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === language));
    });
    document.querySelectorAll("a[href]").forEach(function (link) {
      var href = link.getAttribute("href");
      if (!/^[^:]*\.html([?#]|$)/.test(href) || /data_docs\//.test(href)) { return; }
      var parts = href.split("#");
      var path = parts[0].split("?")[0] + (language === "en" ? "?lang=en" : "?lang=zh");
      link.setAttribute("href", parts.length > 1 ? path + "#" + parts[1] : path);
    });
  }

  var asked = new URLSearchParams(window.location.search).get("lang");
  var language = asked === "en" || asked === "zh" ? asked : remembered();
  if (language !== "en") { language = "zh"; }
  if (asked === language) { remember(language); }
  show(language);

  document.addEventListener("DOMContentLoaded", function () {
    mark(language);
    document.querySelectorAll("button[data-lang]").forEach(function (button) {
      button.addEventListener("click", function () {
        language = button.dataset.lang;
        remember(language);
        show(language);
        mark(language);
      });
    });

    var here = document.querySelector("nav.main a[aria-current]");
    if (here) { here.parentNode.scrollLeft = here.offsetLeft - 40; }

    var tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true");
    document.body.appendChild(tip);
    document.addEventListener("pointerover", function (event) {
      var spot = event.target.closest ? event.target.closest("svg.chart [role='graphics-symbol'][aria-label]") : null;
      if (!spot || spot.getAttribute("aria-roledescription") === "axis") { tip.style.display = "none"; return; }
      var box = spot.getBoundingClientRect();
      tip.textContent = spot.getAttribute("aria-label");
      tip.style.display = "block";
      var left = Math.min(Math.max(4, box.left + box.width / 2 - tip.offsetWidth / 2), window.innerWidth - tip.offsetWidth - 4);
      tip.style.left = left + "px";
      tip.style.top = Math.max(4, box.top - tip.offsetHeight - 8) + "px";
    });
  });

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
})();
