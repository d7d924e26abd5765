// What a reader does with a chart: take it as PNG, its own rows as CSV, cite it, choose a map's measure (which
// stands in the address), or draw a part of the time (by
// Vega, whose runtime is loaded when a range is asked for). The rows are those that stand behind the chart.
(function () {
  "use strict";
  function english() { return document.documentElement.lang === "en"; }
  function said(zh, en) { return english() ? en : zh; }
  function both(zh, en) {
    var made = document.createElement("span");
    [["zh", "zh-CN", zh], ["en", "en", en]].forEach(function (part) {
      var one = document.createElement("span");
      one.className = part[0];
      one.lang = part[1];
      one.textContent = part[2];
      made.append(one);
    });
    return made;
  }
  function shown(node) {
    var copy = node.cloneNode(true);
    copy.querySelectorAll(english() ? ".zh" : ".en").forEach(function (other) { other.remove(); });
    return copy.textContent.replace(/\s+/g, " ").trim();
  }
  function download(name, href) {
    var link = document.createElement("a");
    link.download = name.replace(/[\\/:*?"<>|]/g, " ");
    link.href = href;
    link.click();
  }
  function title(figure) { return shown(document.querySelector("h1")) + said("——", " – ") + shown(figure.querySelector("figcaption")); }
  function drawing(box) { return box.querySelector("canvas") || box.querySelector("svg.chart"); }

  // ---- the rows
  function rowsOf(box) {
    return Array.from(box.querySelector(".behind tbody").rows).map(function (row) { return Array.from(row.cells); });
  }
  function exact(cell) { return cell.dataset.value === undefined ? null : parseFloat(cell.dataset.value); }
  // A spreadsheet would run a text that begins so; a number is none.
  function csvCell(cell) {
    var text = cell.dataset.value === undefined ? shown(cell) : cell.dataset.value;
    if (/^[=+\-@\t\r\n＝＋－＠]/.test(text) && !/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) { text = "'" + text; }
    return '"' + text.replace(/"/g, '""') + '"';
  }
  function csv(box) {
    var rows = [Array.from(box.querySelector(".behind thead tr").cells)].concat(rowsOf(box).filter(within(box)));
    var text = rows.map(function (cells) { return cells.map(csvCell).join(","); }).join("\r\n") + "\r\n";
    return "data:text/csv;charset=utf-8," + encodeURIComponent("\ufeff" + text);
  }
  // The months chosen, the earlier first, whichever of the two fields has it; "" for an open end.
  function ends(box) {
    var from = box.dataset.from || "", to = box.dataset.to || "";
    return from && to && from > to ? [to, from] : [from, to];
  }
  function within(box) {
    var chosen = ends(box);
    return function (cells) { var month = cells[0].textContent; return !(chosen[0] || chosen[1]) || (month >= chosen[0] && month <= (chosen[1] || "9999")); };
  }

  // ---- PNG: the drawing with the page's style, at twice its size
  function png(figure, box) {
    var drawn = drawing(box), name = title(figure) + ".png";
    if (drawn.tagName === "CANVAS") { download(name, drawn.toDataURL("image/png")); return; }
    var size = drawn.viewBox.baseVal, copy = drawn.cloneNode(true), space = "http://www.w3.org/2000/svg";
    var outer = document.createElementNS(space, "svg"), style = document.createElementNS(space, "style");
    outer.setAttribute("class", document.documentElement.className);
    outer.setAttribute("width", 2 * size.width);
    outer.setAttribute("height", 2 * size.height);
    outer.setAttribute("viewBox", "0 0 " + size.width + " " + size.height);
    style.textContent = Array.from(document.querySelectorAll("head > style")).map(function (each) { return each.textContent; }).join("\n");
    copy.setAttribute("width", size.width);
    copy.setAttribute("height", size.height);
    outer.append(style, copy);
    var image = new Image();
    image.onload = function () {
      var canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
      canvas.width = 2 * size.width;
      canvas.height = 2 * size.height;
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0);
      download(name, canvas.toDataURL("image/png"));
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(outer));
  }

  // ---- a part of the time
  var COLOURS = { probability: "#0072B2", targeted: "#B5500B", complaint: "#6B3FA0", index: "#00684a" };
  function months(box) { return rowsOf(box).map(function (cells) { return cells[0].textContent; }).reverse(); }
  function specification(box, width) {
    var kind = box.querySelector("svg.chart").classList, share = box.querySelector(".behind").dataset.unit === "share";
    var colour = COLOURS[Object.keys(COLOURS).find(function (each) { return kind.contains(each); })];
    var heads = Array.from(box.querySelector(".behind thead tr").cells).map(shown);
    var values = rowsOf(box).filter(within(box)).map(function (cells) {
      var n = cells.map(exact);
      return { month: cells[0].textContent + "-01", run: n[1], low: n[2], high: n[3], one: n[4], oneLow: n[5], oneHigh: n[6], nation: n.length > 7 ? n[7] : null };
    });
    var x = { field: "month", type: "temporal", title: null, axis: { format: "%Y-%m", labelOverlap: true } };
    function y(field) { return { field: field, type: "quantitative", title: null, scale: { zero: true }, axis: { format: share ? ".0%" : "~g" } }; }
    function tips(fields) {
      return [{ field: "month", type: "temporal", format: "%Y-%m", title: heads[0] }].concat(fields.map(function (field) {
        return { field: field[0], type: "quantitative", title: heads[field[1]], format: share ? ".1%" : ".1f" };
      }));
    }
    function layer(mark, field, second, more) {
      var encoding = { x: x, y: y(field) };
      if (second) { encoding.y2 = { field: second }; }
      if (more) { encoding.tooltip = tips(more); }
      return { transform: [{ filter: "isValid(datum." + field + ")" }], mark: mark, encoding: encoding };
    }
    return {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: width, height: 200, autosize: { type: "fit", contains: "padding" }, data: { values: values },
      config: { font: getComputedStyle(document.body).fontFamily, view: { stroke: null } },
      layer: [
        layer({ type: "area", color: colour, opacity: 0.18 }, "low", "high"),
        layer({ type: "line", color: "#5a6672", strokeDash: [5, 4], strokeWidth: 1.5 }, "nation", null),
        layer({ type: "rule", color: colour, opacity: 0.35 }, "oneLow", "oneHigh"),
        layer({ type: "point", color: colour, size: 36 }, "one", null, [["one", 4], ["oneLow", 5], ["oneHigh", 6]]),
        layer({ type: "line", color: colour, strokeWidth: 2.5, point: { color: colour } }, "run", null, [["run", 1], ["low", 2], ["high", 3]])
      ].filter(function (each) { var field = each.encoding.y.field; return values.some(function (value) { return value[field] !== null; }); })
    };
  }
  function draw(box) {
    var place = box.querySelector(".drawn"), own = box.querySelector("svg.chart"), asked = box.dataset.from || box.dataset.to;
    var width = (place || own).getBoundingClientRect().width;
    own.style.display = asked ? "none" : "";
    if (!asked) { if (place) { place.remove(); } return; }
    if (!place) {
      place = document.createElement("div");
      place.className = "drawn";
      place.setAttribute("role", "img");
      own.after(place);
    }
    var name = own.getAttribute("aria-label") + ", " + ends(box).join("–");
    place.setAttribute("aria-label", name);
    window.QUALITY_LOAD("assets/charts.js", "vegaEmbed", function (embed) {
      // Vega names the drawing by its description.
      embed(place, Object.assign({ description: name }, specification(box, width)), { ast: true, actions: false, renderer: "canvas", mode: "vega-lite" });
    });
  }
  function range(box, tools) {
    ["from", "to"].forEach(function (end) {
      var label = document.createElement("label"), field = document.createElement("select");
      label.append(end === "from" ? both("自", "From") : both("至", "to"), " ", field);
      field.append(new Option("–", ""));
      months(box).forEach(function (month) { field.append(new Option(month, month)); });
      field.addEventListener("change", function () { box.dataset[end] = field.value; draw(box); });
      tools.append(label);
    });
  }

  // ---- the citation
  // The period that the line of the source states; else of a drawing over time the first and last month drawn.
  function period(figure, box) {
    var stated = box.querySelector(".source .period") || figure.querySelector(".source .period"), behind = box.querySelector(".behind");
    if (stated) { return shown(stated); }
    var months = behind && behind.dataset.kind === "trend" ? rowsOf(box).filter(within(box)).map(function (cells) { return cells[0].textContent; }).sort() : [];
    return months.length ? months[0] + said("至", " – ") + months[months.length - 1] : "";
  }
  function citation(figure, box) {
    var table = box.querySelector(".source code") || figure.querySelector(".source code"), of = period(figure, box), dates = shown(document.querySelector("header .asof"));
    return said("质量观象台，《", "Quality Observatory, “") + title(figure) + said("》，", "”, ") + (of ? said("期间 ", "period ") + of + said("，", ", ") : "") + dates + (table ? said("，来源表 ", ", source table ") + table.textContent : "") + said("。", ".");
  }
  function button(tools, zh, en, action) {
    var made = document.createElement("button");
    made.type = "button";
    made.append(both(zh, en));
    made.addEventListener("click", action);
    tools.append(made);
  }

  // ---- the measure of a map stands in the address, so that a link shows it again
  function measures(fields) {
    var asked = new URLSearchParams(window.location.search).get("map");
    fields.forEach(function (field) {
      var code = field.id.slice("map-".length);
      if (code === asked) { field.checked = true; }
      field.addEventListener("change", function () {
        var wanted = new URLSearchParams(window.location.search);
        if (field === fields[0]) { wanted.delete("map"); } else { wanted.set("map", code); }
        var query = wanted.toString();
        window.history.replaceState(null, "", window.location.pathname + (query ? "?" + query : "") + window.location.hash);
      });
    });
  }
  window.QUALITY_FIGURES = function (behinds) {
    measures(Array.from(document.querySelectorAll(".maps > input")));
    behinds.forEach(function (behind) {
      var figure = behind.closest("figure"), box = behind.closest(".map") || figure, tools = document.createElement("div");
      tools.className = "tools";
      if (behind.dataset.kind === "trend") { range(box, tools); }
      button(tools, "图片 (PNG)", "Picture (PNG)", function () { png(figure, box); });
      button(tools, "图中数据 (CSV)", "Its rows (CSV)", function () { download(title(figure) + ".csv", csv(box)); });
      button(tools, "引用", "Cite", function () {
        var there = tools.querySelector("p");
        if (there) { there.remove(); return; }
        there = document.createElement("p");
        there.textContent = citation(figure, box);
        tools.append(there);
      });
      behind.before(tools);
      // Another language: other words of a drawing that Vega made, and of a citation.
      document.addEventListener("quality-language", function () {
        var there = tools.querySelector("p");
        if (there) { there.textContent = citation(figure, box); }
        if (box.querySelector(".drawn")) { draw(box); }
      });
    });
  };
})();
