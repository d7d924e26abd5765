// Tables that sort, filter, compare and export what is shown, by DataTables. A table's order, search, filters
// and chosen rows stand in the address, so that a link shows it again. Without this script a page holds all rows.
(function () {
  "use strict";
  var DataTable = window.DataTable;
  var PAGE = 25, FEW = 15, DAY = /^\s*\d{4}-\d\d/, NARROW = window.matchMedia("(max-width: 640px)");
  // What names a row that may be compared: a unit with a page.
  var UNIT = ["platforms", "regions", "categories", "clusters", "labs", "brands"].map(function (folder) { return "th[scope=row] a[href*='" + folder + "/']"; }).join(", ");

  function english() { return document.documentElement.lang === "en"; }
  function said(zh, en) { return english() ? en : zh; }
  function element(name, text, kind) {
    var made = document.createElement(name);
    if (text !== undefined) { made.textContent = text; }
    if (kind) { made.className = kind; }
    return made;
  }
  // A phrase in both languages, of which the page shows one.
  function both(zh, en) {
    var made = element("span"), first = element("span", zh, "zh"), second = element("span", en, "en");
    first.lang = "zh-CN";
    second.lang = "en";
    made.append(first, second);
    return made;
  }
  // 不合格 finds what failed: where a text says that nothing was found to fail, the word is kept apart.
  function meant(text) { return text.replace(/未发现不合格/g, "未发现合格"); }
  function folded(text) { return meant(text.normalize("NFKC").toLowerCase()); }
  DataTable.util.diacritics(function (text) { // applied to what is typed, too
    return typeof text === "string" ? meant(text.normalize("NFD").replace(/[\u0300-\u036f]/g, "")) : text;
  });

  // The words of a cell in one language ("zh", "en"), without drawings and controls.
  function words(node, language) {
    if (node.nodeType === Node.TEXT_NODE) { return node.nodeValue; }
    if (node.nodeType !== Node.ELEMENT_NODE || /^(svg|INPUT|BUTTON|SELECT)$/.test(node.tagName)) { return ""; }
    if (node.classList.contains(language === "en" ? "zh" : "en")) { return ""; }
    if (node.tagName === "BR") { return " "; }
    return Array.prototype.map.call(node.childNodes, function (child) { return words(child, language); }).join("");
  }
  function cellText(cell, language) { return words(cell, language || (english() ? "en" : "zh")).replace(/\s+/g, " ").trim(); }
  function number(text) {
    var found = /[-+−]?(\d[\d,]*(\.\d+)?|(?<![\w.])\.\d+)/.exec(text);
    return found ? parseFloat(found[0].replace(/,/g, "").replace("−", "-")) : null;
  }

  // ---- the address
  function parameters() { return new URLSearchParams(window.location.search); }
  function write(key, state) {
    var wanted = parameters();
    Array.from(wanted.keys()).forEach(function (name) { if (name.indexOf(key + ".") === 0) { wanted.delete(name); } });
    Object.keys(state).forEach(function (name) { if (state[name]) { wanted.set(key + "." + name, state[name]); } });
    var asked = wanted.toString();
    window.history.replaceState(null, "", window.location.pathname + (asked ? "?" + asked : "") + window.location.hash);
  }
  function read(key) {
    var state = {};
    parameters().forEach(function (value, name) { if (name.indexOf(key + ".") === 0) { state[name.slice(key.length + 1)] = value; } });
    return state;
  }

  // ---- one table
  // ``before``: what the reader had chosen that no address holds (`again`).
  function Working(table, key, before) {
    this.table = table;
    this.key = key;
    this.heads = Array.from(table.tHead.rows[0].cells);
    // Days stand in columns of numbers too, and are ordered as they are written.
    this.numeric = this.heads.map(function (head, at) {
      return head.classList.contains("n") && !Array.from(table.tBodies[0].rows).some(function (row) { return DAY.test(row.cells[at].textContent); });
    });
    this.filters = {};
    this.chosen = [];
    this.before = before;
    this.prepare();
    this.begin();
  }
  Working.prototype.prepare = function () {
    var numeric = this.numeric;
    Array.from(this.table.tBodies[0].rows).forEach(function (row) {
      Array.from(row.cells).forEach(function (cell, at) {
        var shown = cellText(cell), value = numeric[at] ? number(shown) : null;
        cell.dataset.order = cell.dataset.day || (numeric[at] ? String(value === null ? -Infinity : value) : shown);
        // What a cell does not show and is yet found by: the province of an office.
        cell.dataset.search = meant([cellText(cell, "zh"), cellText(cell, "en"), cell.dataset.also || ""].join(" ").trim());
      });
    });
  };
  Working.prototype.begin = function () {
    var own = this, state = read(this.key), ordered = /^(\d+)\.(asc|desc)$/.exec(state.order || "");
    var unsorted = this.heads.reduce(function (found, head, at) { return head.classList.contains("bar") || head.classList.contains("cell") ? found.concat(at) : found; }, []);
    this.rows = new Map();
    this.all = this.table.tBodies[0].rows.length;
    Array.from(this.table.tBodies[0].rows).forEach(function (row) { own.rows.set(own.name(row), row); });
    this.api = new DataTable(this.table, {
      autoWidth: false,
      pageLength: this.before ? this.before.length : this.table.dataset.whole !== undefined ? -1 : this.all > 2 * PAGE ? PAGE : 2 * PAGE,
      lengthMenu: [PAGE, 2 * PAGE, 4 * PAGE, -1],
      order: ordered && Number(ordered[1]) < this.heads.length ? [[Number(ordered[1]), ordered[2]]] : [],
      search: { search: state.find || "" },
      columnDefs: [{ targets: unsorted, orderable: false }].concat(this.numeric.map(function (is, at) {
        // What reads a head aloud has it in the language shown alone; DataTables would take both.
        return { targets: at, type: is ? "num" : "string", ariaTitle: cellText(own.heads[at]) };
      })),
      layout: {
        topStart: { buttons: this.buttons() },
        topEnd: { search: {} },
        bottomStart: "info",
        bottomEnd: { paging: { buttons: 5 }, pageLength: {} }
      },
      language: language(this.part())
    });
    var holder = this.api.table().container();
    holder.classList.add("working");
    this.panel = element("div", undefined, "filters");
    this.panel.hidden = true;
    this.set = element("p", undefined, "set");
    this.set.hidden = true;
    this.beside = element("div", undefined, "beside");
    holder.querySelector(".dt-layout-table").before(this.sortBy(), this.panel, this.set, this.beside);
    this.fill(state);
    this.named();
    if (this.comparable()) { this.offer((state.units || "").split("~")); }
    holder.querySelector(".dt-paging nav").setAttribute("aria-label", said("分页", "Pages") + " " + this.key);
    this.api.on("order.dt search.dt", function () { own.remember(); });
    this.compare(false);
    // DataTables sorts by Enter alone; a button is pressed by the space bar too.
    holder.addEventListener("keydown", function (event) {
      if (event.key === " " && event.target.tagName !== "BUTTON" && event.target.getAttribute("role") === "button") { event.preventDefault(); event.target.click(); }
    });
    this.onPaper();
    this.numberPages();
    this.asCards();
    if (!this.before) { this.arrive(); return; }
    this.api.page(this.before.page).draw("page");
    if (this.before.open) { this.open(true, false); }
  };
  // In a window that became narrow, rows of the other pages get the names of their columns when they are shown.
  Working.prototype.asCards = function () {
    var own = this;
    this.api.on("draw.dt", function () {
      if (own.table.classList.contains("cards")) { window.QUALITY_LABELLED(own.table); }
    });
  };
  // What paper says of the table: how many rows it has, how many were found and by what, and where those shown begin.
  Working.prototype.onPaper = function () {
    var own = this;
    function say() {
      var info = own.api.page.info();
      own.table.dataset.all = info.recordsTotal;
      own.table.dataset.found = info.recordsDisplay;
      own.table.dataset.from = info.start;
      own.table.dataset.asked = own.asked().join(english() ? "; " : "；");
    }
    this.api.on("draw.dt", say);
    say();
  };
  // The search and the filters that are set, in words of the language shown.
  Working.prototype.asked = function () {
    var find = this.api.search();
    return (find ? [said("搜索“" + find + "”", "search “" + find + "”")] : []).concat(this.filtered());
  };
  Working.prototype.filtered = function () {
    var set = [];
    this.panel.querySelectorAll("label").forEach(function (label) {
      var values = Array.from(label.querySelectorAll("select, input")).filter(function (field) { return field.value; }).map(function (field) {
        var value = field.selectedOptions ? field.selectedOptions[0].textContent : field.value;
        return (field.placeholder ? field.placeholder + " " : "") + value;
      });
      if (values.length) { set.push(cellText(label.firstChild) + said("：", ": ") + values.join(" ")); }
    });
    return set;
  };
  // While the panel of filters is closed, a line names those that are set, with a button that removes them.
  Working.prototype.named = function () {
    var own = this, words = element("span"), button = element("button");
    button.type = "button";
    button.append(both("取消筛选", "Remove the filter"));
    button.addEventListener("click", function () { own.clear(); });
    this.set.append(words, " ", button);
    this.naming = function () {
      var set = own.filtered();
      own.set.hidden = !own.panel.hidden || !set.length;
      words.textContent = said("已按条件筛选：", "Filtered by ") + set.join(english() ? "; " : "；");
    };
    this.api.on("draw.dt", this.naming);
    this.naming();
  };
  Working.prototype.clear = function () {
    var own = this;
    this.panel.querySelectorAll("select, input").forEach(function (field) { field.value = ""; });
    Object.keys(this.filters).forEach(function (at) { own.apply(Number(at), ""); });
    this.api.draw();
    this.api.table().container().querySelector("button.filter").focus();
  };
  // DataTables names a page by a word and its number; Chinese has words on both sides of it.
  Working.prototype.numberPages = function () {
    var holder = this.api.table().container();
    function name() {
      holder.querySelectorAll(".dt-paging [data-dt-idx]").forEach(function (button) {
        var page = Number(button.dataset.dtIdx) + 1;
        if (page) { button.setAttribute("aria-label", said("第" + page + "页", "Page " + page)); }
      });
    }
    this.api.on("draw.dt", name);
    name();
  };
  // On a phone rows are cards and heads are not shown: a choice of column and direction sorts them.
  Working.prototype.sortBy = function () {
    var own = this, label = element("label", undefined, "sort-by"), field = element("select");
    field.append(element("option", "—"));
    field.firstChild.value = "";
    this.heads.forEach(function (head, at) {
      if (head.classList.contains("dt-orderable-none") || !cellText(head)) { return; }
      [["asc", "↑"], ["desc", "↓"]].forEach(function (way) {
        var option = element("option", cellText(head) + " " + way[1]);
        option.value = at + "." + way[0];
        field.append(option);
      });
    });
    function show() {
      var order = own.api.order()[0];
      field.value = order && order.length && order[1] ? order[0] + "." + order[1] : "";
    }
    field.addEventListener("change", function () {
      var wanted = field.value.split(".");
      own.api.order(field.value ? [[Number(wanted[0]), wanted[1]]] : []).draw();
    });
    this.api.on("order.dt", show);
    show();
    label.append(both("排序", "Sort by"), field);
    return label;
  };
  // An address that names a row leads to the part of the table that has it.
  Working.prototype.arrive = function () {
    var place = window.QUALITY_NAMED();
    var nodes = this.api.rows({ order: "applied", search: "applied" }).nodes().toArray();
    var at = place ? nodes.findIndex(function (row) { return row.id === place; }) : -1;
    if (at < 0) { return; }
    this.api.page(Math.floor(at / this.api.page.len())).draw("page");
    nodes[at].scrollIntoView({ block: nodes[at].offsetHeight < window.innerHeight / 2 ? "center" : "start" });
  };
  // Of a table that lists a part of its rows: how many of how many, and where the others are; without, "".
  Working.prototype.part = function () {
    var more = window.QUALITY_MORE(this.table), rest = more && more.querySelector(".rest");
    if (!more) { return ""; }
    var zh = "本表只列" + more.dataset.all + "项中的" + more.dataset.shown + "项；";
    return said("；", "; ") + said(zh, "this table has " + more.dataset.shown + " of " + more.dataset.all + "; ") + (rest ? rest.innerHTML : "");
  };
  function language(part) {
    return {
      search: said("搜索本表", "Search this table"), searchPlaceholder: "",
      info: said("第_START_～_END_行，共_TOTAL_行", "Rows _START_–_END_ of _TOTAL_"),
      infoEmpty: said("没有行", "No rows"), infoFiltered: said("（全部_MAX_行）", "(_MAX_ in all)"), infoPostFix: part,
      zeroRecords: said("没有符合条件的行", "No row matches") + part, emptyTable: said("没有行", "No rows"),
      lengthMenu: said("每页 _MENU_ 行", "_MENU_ rows a page"), lengthLabels: { "-1": said("全部", "all") },
      paginate: { first: "«", previous: "‹", next: "›", last: "»" },
      aria: {
        orderable: said("：点击排序", ": activate to sort"), orderableReverse: said("：点击反向排序", ": activate to sort in reverse"),
        orderableRemove: said("：点击取消排序", ": activate to remove sorting"),
        paginate: { first: said("首页", "First page"), previous: said("上一页", "Previous page"), next: said("下一页", "Next page"), last: said("末页", "Last page") }
      }
    };
  }

  // ---- export of what is shown: the rows found, in their order, in the language shown
  var RUNS = /^[=+\-@\t\r\n＝＋－＠]/, PLAIN = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
  function neutral(text) { return RUNS.test(text) && !PLAIN.test(text) ? "'" + text : text; }
  Working.prototype.buttons = function () {
    var own = this;
    function exported(safe) {
      return {
        columns: function (at) { return !own.heads[at].classList.contains("bar") && !own.heads[at].classList.contains("cell"); },
        format: {
          header: function (text, at, node) { return cellText(node); },
          body: function (text, row, column, node) { return safe(cellText(node)); }
        }
      };
    }
    function file() { return (document.title.split(/ [–/] /)[0] + " " + own.key).replace(/[\\/:*?"<>|]/g, " "); }
    // A button that was clicked keeps the focus, or its action has moved it.
    return [
      { text: both("筛选", "Filter"), action: function () { own.open(own.panel.hidden, true); }, className: "filter", clickBlurs: false },
      { extend: "csvHtml5", clickBlurs: false, text: both("导出当前列表 (CSV)", "Export shown (CSV)"), bom: true, charset: "utf-8", filename: file, exportOptions: exported(neutral) },
      { extend: "excelHtml5", clickBlurs: false, text: both("导出当前列表 (XLSX)", "Export shown (XLSX)"), title: null, filename: file, exportOptions: exported(String) }
    ];
  };

  // ---- filters: a choice where a column has few values, limits where it has numbers, else words
  // Their fields are made once they are shown, or where the address has some.
  Working.prototype.fill = function (state) {
    var own = this;
    this.given = state;
    this.panel.addEventListener("keydown", function (event) { if (event.key === "Escape") { own.open(false, true); } });
    if (Object.keys(state).some(function (name) { return /^\d+$/.test(name); })) { this.fields(); }
    // On a phone the panel fills the screen: filters of the address are named in a line instead (`named`).
    var some = Object.keys(this.filters).length > 0;
    this.open(some && !NARROW.matches, false);
    if (some) { this.api.draw(); }
  };
  Working.prototype.fields = function () {
    var own = this, state = this.given;
    if (!state) { return; }
    this.given = null;
    this.heads.forEach(function (head, at) {
      if (head.classList.contains("bar") || head.classList.contains("cell") || !cellText(head)) { return; }
      var label = element("label"), given = state[at] || "";
      label.append(both(cellText(head, "zh"), cellText(head, "en")));
      if (own.numeric[at]) { own.limits(label, at, given); } else { own.choice(label, at, given); }
      own.panel.append(label);
    });
  };
  // Show or hide the filters; ``move``: the focus goes into them and back to their button.
  Working.prototype.open = function (wanted, move) {
    var opener = this.api.table().container().querySelector("button.filter");
    if (wanted) { this.fields(); }
    this.panel.hidden = !wanted;
    if (this.naming) { this.naming(); }
    opener.setAttribute("aria-expanded", String(wanted));
    var to = wanted ? this.panel.querySelector("input, select") : opener;
    if (move && to) { to.focus(); }
  };
  Working.prototype.apply = function (at, value, matches) {
    if (value) { this.filters[at] = value; } else { delete this.filters[at]; }
    var own = this;
    this.api.column(at).search.fixed("own", value ? function (text, data, place) {
      return matches(own.api.cell(place, at).node());
    } : null);
  };
  Working.prototype.limits = function (label, at, given) {
    var own = this, low = element("input"), high = element("input"), parts = given.split("..");
    [[low, "≥", parts[0]], [high, "≤", parts[1]]].forEach(function (part) {
      part[0].type = "text";
      part[0].inputMode = "decimal";
      part[0].placeholder = part[1];
      part[0].setAttribute("aria-label", cellText(own.heads[at]) + " " + part[1]);
      part[0].value = part[2] || "";
      part[0].addEventListener("input", function () { set(); own.api.draw(); });
      label.append(part[0]);
    });
    function set() {
      var from = number(low.value), to = number(high.value);
      own.apply(at, from === null && to === null ? "" : low.value + ".." + high.value, function (cell) {
        var value = number(cellText(cell));
        return value !== null && (from === null || value >= from) && (to === null || value <= to);
      });
    }
    if (given) { set(); }
  };
  // What a cell says without the marks of what is new in it.
  Working.prototype.value = function (cell, language) {
    var kept = cell.cloneNode(true);
    kept.querySelectorAll(".mark").forEach(function (mark) { mark.remove(); });
    return cellText(kept, language);
  };
  Working.prototype.choice = function (label, at, given) {
    var own = this, values = new Map(), field;
    this.api.column(at).nodes().each(function (cell) { values.set(own.value(cell, "zh"), own.value(cell, "en")); });
    if (given && values.size <= FEW && !values.has(given)) { values.set(given, given); } // a link to rows of which there are none
    var few = values.size <= FEW && values.size < this.all;
    field = element(few ? "select" : "input");
    if (few) {
      field.append(element("option", "—"));
      field.firstChild.value = "";
      values.forEach(function (en, zh) {
        var option = element("option", said(zh, en));
        option.value = zh;
        field.append(option);
      });
    } else {
      field.type = "text";
    }
    field.value = given;
    field.addEventListener(few ? "change" : "input", function () { set(); own.api.draw(); });
    label.append(field);
    function set() {
      var wanted = folded(field.value);
      own.apply(at, field.value, function (cell) {
        return few ? folded(own.value(cell, "zh")) === wanted : folded(cell.dataset.search).indexOf(wanted) >= 0;
      });
    }
    if (given) { set(); }
  };

  // ---- two rows or more side by side
  // What the tiers of rows say of their difference; null for a table without tiers. A row of too few batches
  // has the tier "".
  function difference(tiers, levels) {
    if (tiers.some(function (tier) { return tier === undefined; })) { return null; }
    if (new Set(levels).size > 1) { return both("品类级别不同，档次不能比较。", "Categories of different levels: their tiers cannot be compared."); }
    if (tiers.some(function (tier) { return tier === ""; })) { return both("其中有样本不足而不分档的，不能断定指数有差异。", "Not all have a tier, for want of batches: no difference of the index can be established."); }
    if (new Set(tiers).size === 1) { return both("同档：指数的差异未超出随机波动。", "Same tier: the index differs by no more than chance."); }
    return both("不同档：按档的划分，指数的差异超出随机波动。", "Different tiers: by the tiers, the index differs beyond chance.");
  }
  // The limits of the difference of two independent rates, each as [value, low, high], by MOVER, as
  // jobs.methods.intervals.mover computes them (definitions.md#year-on-year).
  function mover(a, b) {
    return [a[0] - b[0] - Math.hypot(a[0] - a[1], b[2] - b[0]), a[0] - b[0] + Math.hypot(a[2] - a[0], b[0] - b[1])];
  }
  function points(value) {
    var shown = Math.abs(100 * value).toFixed(1);
    return (shown === "0.0" ? "±" : value < 0 ? "−" : "+") + shown;
  }
  // One line for each of the other rows: how much the rate of the first lies above or below its own. None for
  // a table without rates. ``rates``: what data-rate of each row holds, "" for too few batches.
  function differences(rates, names) {
    if (rates.some(function (each) { return each === undefined; })) { return []; }
    var known = rates.map(function (each) { return each ? each.split(" ").map(Number) : null; });
    return known.slice(1).map(function (other, at) {
      var pair = [names[0], names[at + 1]], zh = cellText(pair[0], "zh") + " − " + cellText(pair[1], "zh"), en = cellText(pair[0], "en") + " − " + cellText(pair[1], "en");
      if (!known[0] || !other) { return both(zh + "：样本不足，不能比较加权不合格率。", en + ": too few batches, the exposure rates cannot be compared."); }
      var by = points(known[0][0] - other[0]), ends = mover(known[0], other), apart = ends[0] > 0 || ends[1] < 0;
      var low = points(ends[0]), high = points(ends[1]);
      return both(
        zh + "：加权不合格率（按未取整的数）相差" + by + "个百分点（95%区间" + low + "至" + high + "），" + (apart ? "区间不含0，差异超出随机波动。" : "区间含0，差异可能属随机波动。"),
        en + ": exposure rates, unrounded, differ by " + by + " points (95% interval " + low + " to " + high + "), " + (apart ? "the interval excludes 0: more than chance." : "the interval includes 0: the difference may be chance.")
      );
    });
  }
  Working.prototype.name = function (row) {
    var link = row.querySelector(UNIT);
    var place = link && /([^/?#]+)\.html/.exec(link.getAttribute("href"));
    return place ? place[1] : cellText(row.cells[0], "zh");
  };
  Working.prototype.comparable = function () {
    // A table that counts what a page has of each unit says nothing of one beside another.
    return !this.table.classList.contains("counts") && Array.from(this.rows.values()).some(function (row) { return row.querySelector(UNIT); });
  };
  Working.prototype.offer = function (chosen) {
    var own = this;
    this.rows.forEach(function (row, name) {
      var head = row.querySelector("th[scope=row]"), box = element("input", undefined, "choose");
      if (!head) { return; }
      box.type = "checkbox";
      box.checked = chosen.indexOf(name) >= 0;
      box.setAttribute("aria-label", said("并排比较：", "Compare: ") + cellText(head));
      box.addEventListener("change", function () {
        own.chosen = box.checked ? own.chosen.concat(name) : own.chosen.filter(function (each) { return each !== name; });
        own.compare(true);
      });
      head.prepend(box);
    });
    this.chosen = chosen.filter(function (name) { return own.rows.has(name); });
  };
  Working.prototype.compare = function (remember) {
    var own = this, chosen = this.chosen.map(function (name) { return own.rows.get(name); });
    this.beside.textContent = "";
    if (chosen.length === 0 && this.comparable()) {
      var hint = both("勾选两个以上名称前的方框，即可并排比较。", "Tick the boxes before two names or more to compare them side by side.");
      hint.classList.add("choose");
      this.beside.append(hint);
    }
    if (chosen.length === 1) { this.beside.append(both("再选一个即可并排比较。", "Choose another one to compare them.")); }
    if (chosen.length > 1) { this.beside.append(this.sideBySide(chosen)); }
    if (remember) { this.remember(); }
  };
  Working.prototype.sideBySide = function (chosen) {
    var made = element("table", undefined, "compared"), head = element("tr"), body = element("tbody");
    var names = chosen.map(function (row) { return row.querySelector("th[scope=row]"); });
    var title = element("caption");
    title.append(both("并排比较", "Side by side"));
    made.append(title);
    var corner = element("td");
    head.append(corner);
    names.forEach(function (cell) {
      var name = element("th");
      name.scope = "col";
      name.append(both(cellText(cell, "zh"), cellText(cell, "en")));
      head.append(name);
    });
    made.append(element("thead"));
    made.tHead.append(head);
    this.heads.forEach(function (column, at) {
      if (chosen[0].cells[at] === names[0]) { return; }
      var line = element("tr"), what = element("th");
      what.scope = "row";
      what.append(both(cellText(column, "zh"), cellText(column, "en")));
      line.append(what);
      chosen.forEach(function (row) {
        var cell = element("td", undefined, row.cells[at].className);
        row.cells[at].childNodes.forEach(function (child) { cell.append(child.cloneNode(true)); });
        line.append(cell);
      });
      body.append(line);
    });
    if (this.table.dataset.ratesZh) { body.append(this.beyond(chosen)); }
    var verdict = difference(chosen.map(function (row) { return row.dataset.tier; }), chosen.map(function (row) { return row.dataset.level; }));
    var lines = differences(chosen.map(function (row) { return row.dataset.rate; }), names);
    lines = lines.map(function (words) { return [both("差值", "Difference"), words]; });
    if (lines.length) { lines.push([both("说明", "Note"), both("差值区间按MOVER法，同同比；单独勾选的一对适用，从许多对中挑出的最大差异仍可能属随机波动；各自区间是否重叠不作判断。", "Limits of differences by MOVER, as for changes from a year earlier. They hold for a pair that was chosen beforehand: the largest of many differences may still be chance. Whether the two intervals overlap decides nothing.")]); }
    if (verdict) { lines.push([both("指数的差异", "Difference of the index"), verdict]); }
    lines.forEach(function (line) {
      var last = element("tr"), label = element("th"), cell = element("td");
      label.scope = "row";
      label.append(line[0]);
      cell.colSpan = chosen.length;
      cell.append(line[1]);
      last.append(label, cell);
      body.append(last);
    });
    made.append(body);
    return made;
  };

  // A line with what the table has no column for: the rates of the rows, which their difference is of.
  Working.prototype.beyond = function (chosen) {
    var line = element("tr"), what = element("th"), of = this.table.dataset;
    what.scope = "row";
    what.append(both(of.ratesZh, of.ratesEn));
    line.append(what);
    chosen.forEach(function (row) {
      var cell = element("td", undefined, "n");
      cell.append(both(row.dataset.rateZh, row.dataset.rateEn));
      line.append(cell);
    });
    return line;
  };

  Working.prototype.remember = function () {
    var order = this.api.order()[0], state = Object.assign({}, this.filters);
    state.order = order && order.length ? order[0] + "." + order[1] : "";
    state.find = this.api.search();
    state.units = this.chosen.join("~");
    write(this.key, state);
  };
  // Another language: other words to sort by and other names of controls, and links of rows that no page shows.
  Working.prototype.again = function () {
    var before = { page: this.api.page(), length: this.api.page.len(), open: !this.panel.hidden };
    this.api.destroy();
    window.QUALITY_LEAD(this.table);
    [this.panel, this.set, this.beside].forEach(function (each) { each.remove(); });
    Array.from(this.table.querySelectorAll("input.choose")).forEach(function (box) { box.remove(); });
    return new Working(this.table, this.key, before);
  };

  // ---- which tables: one row of heads, and rows of as many cells
  function fits(table) {
    if (!table.tHead || table.tHead.rows.length !== 1 || table.tBodies.length !== 1) { return false; }
    var columns = table.tHead.rows[0].cells.length;
    return Array.from(table.tBodies[0].rows).every(function (row) {
      return row.cells.length === columns && Array.from(row.cells).every(function (cell) { return cell.colSpan === 1 && cell.rowSpan === 1; });
    });
  }
  var working = new Map();
  function start(table) {
    if (!working.has(table) && fits(table)) { working.set(table, new Working(table, table.dataset.key)); }
  }
  // A table is begun when the part of the page that is seen comes near it; its rows are there before. What it gets
  // shorter by above that part must not move it, which browsers other than Safari see to themselves.
  function begin(table) {
    var above = table.getBoundingClientRect().bottom < 0, before = document.documentElement.scrollHeight;
    start(table);
    if (above && !CSS.supports("overflow-anchor", "auto")) { window.scrollBy(0, document.documentElement.scrollHeight - before); }
  }
  var near = new IntersectionObserver(function (met) {
    met.forEach(function (each) {
      if (each.isIntersecting) { near.unobserve(each.target); window.QUALITY_RELEASED(function () { begin(each.target); }); }
    });
  }, { rootMargin: "400px 0px" });
  function folding(table) { return table.closest("details:not([open])"); }
  window.QUALITY_TABLES = function (tables) {
    tables.forEach(function (table) {
      var stated = Object.keys(read(table.dataset.key)).length;
      for (var box = stated && folding(table); box; box = folding(table)) { box.open = true; }
      var closed = folding(table);
      if (stated) { start(table); return; }
      if (!closed) {
        near.observe(table);
        document.addEventListener("quality-unfolded", function () { start(table); }); // for paper
        return;
      }
      function unfolded() { if (!folding(table)) { start(table); } }
      closed.addEventListener("toggle", unfolded);
      document.addEventListener("quality-unfolded", unfolded); // for paper, which does not wait for the event
    });
  };
  document.addEventListener("quality-language", function () {
    working.forEach(function (each, table) { working.set(table, each.again()); });
  });
  window.addEventListener("hashchange", function () { working.forEach(function (each) { each.arrive(); }); });
})();
