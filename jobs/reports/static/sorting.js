// Tables of a page that stands alone: rows in order of a column, and those that hold some words. The library that
// the sites use (tables.js) is too large to go into every folder of the outbox.
(function () {
  "use strict";
  function value(cell) { return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value; }
  function number(text) {
    var found = /-?\d+(\.\d+)?(e[+-]?\d+)?/i.exec(text.replace(/,/g, ""));
    return found ? parseFloat(found[0]) : -Infinity;
  }
  // 不合格 finds what failed: where a text says that nothing was found to fail, the word is kept apart.
  function folded(text) { return text.normalize("NFKC").toLowerCase().replace(/未发现不合格/g, "未发现合格"); }
  function both(zh, en) {
    return [["zh", "zh-CN", zh], ["en", "en", en]].map(function (each) {
      var made = document.createElement("span");
      made.className = each[0];
      made.lang = each[1];
      made.textContent = each[2];
      return made;
    });
  }
  function sorted(table, at, way) {
    var head = table.tHead.rows[0].cells[at], body = table.tBodies[0], numeric = head.classList.contains("n");
    Array.from(table.tHead.rows[0].cells).forEach(function (each) { each.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    Array.from(body.rows).map(function (row) {
      var text = value(row.cells[at]);
      return [numeric ? number(text) : text, row];
    }).sort(function (a, b) {
      return way * (numeric ? (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) : a[0].localeCompare(b[0], "zh-CN", { numeric: true }));
    }).forEach(function (pair) { body.appendChild(pair[1]); });
  }
  // On a phone rows are cards and heads are not shown: a choice of column and direction sorts them.
  function sortBy(table, heads) {
    var label = document.createElement("label"), field = document.createElement("select");
    function fill() {
      var tongue = document.documentElement.classList.contains("lang-en") ? "en" : "zh", kept = field.value;
      field.textContent = "";
      field.appendChild(new Option("—", ""));
      heads.forEach(function (head, at) {
        var words = head.querySelector("." + tongue) || head;
        [[1, " ↑"], [-1, " ↓"]].forEach(function (way) {
          field.appendChild(new Option(words.textContent.trim() + way[1], at + "." + way[0]));
        });
      });
      field.value = kept;
    }
    label.className = "narrow sort-by";
    both("排序", "Sort by").forEach(function (each) { label.appendChild(each); });
    label.appendChild(field);
    field.addEventListener("change", function () {
      var wanted = field.value.split(".");
      if (field.value) { sorted(table, Number(wanted[0]), Number(wanted[1])); }
    });
    document.addEventListener("quality-language", fill);
    fill();
    return label;
  }
  function start(table) {
    var heads = Array.from(table.tHead.rows[0].cells), choice = sortBy(table, heads);
    heads.forEach(function (head, at) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        sorted(table, at, head.getAttribute("aria-sort") === "ascending" ? -1 : 1);
      });
    });
    var label = document.createElement("label"), field = document.createElement("input");
    label.className = "narrow";
    field.type = "search";
    both("搜索本表", "Search this table").forEach(function (each) { label.appendChild(each); });
    label.appendChild(field);
    table.parentNode.before(label, choice);
    field.addEventListener("input", function () {
      var wanted = folded(field.value).split(/\s+/).filter(Boolean);
      Array.from(table.tBodies[0].rows).forEach(function (row) {
        var text = folded(row.textContent);
        row.hidden = !wanted.every(function (word) { return text.indexOf(word) >= 0; });
      });
      table.dataset.found = Array.from(table.tBodies[0].rows).filter(function (row) { return !row.hidden; }).length;
    });
    // What paper says of the table (site.js): all of its rows, those found, and where those shown begin.
    table.dataset.all = table.dataset.found = table.tBodies[0].rows.length;
    table.dataset.from = 0;
  }
  // A table of more columns than a sheet of paper has room for is printed as cards (class `sheet`, party.html): each
  // cell below the name of its column.
  var WIDE = 14;
  // A table of more columns than a line of a sheet has room for is printed with two lines a row (class `double`,
  // party.html): the longest cells stand in the second. Each cell has a width by what it holds: the numbers in it
  // stay whole.
  var CROWDED = 9, UNITS = 120, WHOLE = 18;
  function needed(cells) {
    var word = 0, length = 0;
    cells.forEach(function (cell) {
      var text = cell.textContent, runs = text.match(/[!-~]+/g) || [];
      runs.forEach(function (run) { word = Math.max(word, Math.min(run.length, WHOLE)); });
      length += text.length / (cell.querySelector(".en") ? 2 : 1) / cells.length;
    });
    return { length: length, width: Math.max(word + 1, 4, Math.min(length / 3, 3 * WHOLE)) };
  }
  function doubled(table) {
    var rows = Array.from(table.tBodies[0].rows), heads = Array.from(table.tHead.rows[0].cells);
    var wants = heads.map(function (head, at) { return needed(rows.slice(0, 50).map(function (row) { return row.cells[at]; })); });
    function sum(places) { return places.reduce(function (all, at) { return all + wants[at].width; }, 0); }
    var first = heads.map(function (head, at) { return at; }), second = [];
    first.slice(1).sort(function (a, b) { return wants[b].length - wants[a].length; }).forEach(function (at) {
      var left = first.filter(function (each) { return each !== at; });
      if (sum(second) + wants[at].width <= sum(left)) { first = left; second.push(at); }
    });
    [first, second].forEach(function (places, line) {
      var all = sum(places);
      places.forEach(function (at) {
        var area = (line + 1) + " / auto / auto / span " + Math.max(4, Math.floor(UNITS * wants[at].width / all));
        [table.tHead.rows[0]].concat(rows).forEach(function (row) { row.cells[at].style.gridArea = area; });
      });
    });
    table.classList.add("lined", "double");
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("main table[data-kind]").forEach(function (table) {
      var columns = table.tHead.rows[0].cells.length;
      if (columns > CROWDED && columns <= WIDE) { doubled(table); }
      if (columns <= WIDE) { return; }
      window.QUALITY_LABELLED(table);
      table.classList.add("sheet");
    });
  });
  // site.js hands over the tables that are long enough to work with.
  window.QUALITY_TABLES = function (tables) { tables.forEach(start); };
})();
