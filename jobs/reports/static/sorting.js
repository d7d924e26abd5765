// Tables of a page that stands alone: rows in order of a column, and those that hold some words. The library that
// the sites use (tables.js) is too large to go into every folder of the outbox.
(function () {
  "use strict";
  function value(cell) { return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value; }
  function number(text) {
    var found = /-?\d+(\.\d+)?(e[+-]?\d+)?/i.exec(text.replace(/,/g, ""));
    return found ? parseFloat(found[0]) : -Infinity;
  }
  function folded(text) { return text.normalize("NFKC").toLowerCase(); }
  function both(zh, en) {
    return [["zh", "zh-CN", zh], ["en", "en", en]].map(function (each) {
      var made = document.createElement("span");
      made.className = each[0];
      made.lang = each[1];
      made.textContent = each[2];
      return made;
    });
  }
  function sorted(table, at, numeric) {
    var head = table.tHead.rows[0].cells[at], body = table.tBodies[0];
    var way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    Array.from(table.tHead.rows[0].cells).forEach(function (each) { each.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    Array.from(body.rows).map(function (row) {
      var text = value(row.cells[at]);
      return [numeric ? number(text) : text, row];
    }).sort(function (a, b) {
      return way * (numeric ? (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) : a[0].localeCompare(b[0], "zh-CN", { numeric: true }));
    }).forEach(function (pair) { body.appendChild(pair[1]); });
  }
  function start(table) {
    Array.from(table.tHead.rows[0].cells).forEach(function (head, at) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () { sorted(table, at, head.classList.contains("n")); });
    });
    var label = document.createElement("label"), field = document.createElement("input");
    label.className = "narrow";
    field.type = "search";
    both("搜索本表", "Search this table").forEach(function (each) { label.appendChild(each); });
    label.appendChild(field);
    table.parentNode.before(label);
    field.addEventListener("input", function () {
      var wanted = folded(field.value).split(/\s+/).filter(Boolean);
      Array.from(table.tBodies[0].rows).forEach(function (row) {
        var text = folded(row.textContent);
        row.hidden = !wanted.every(function (word) { return text.indexOf(word) >= 0; });
      });
    });
  }
  // site.js hands over the tables that are long enough to work with.
  window.QUALITY_TABLES = function (tables) { tables.forEach(start); };
})();
