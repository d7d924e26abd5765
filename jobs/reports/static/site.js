// Language switch, search, lookup, chart tips, rows as cards, open details when printing. No request leaves the
// site's folder.
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "quality-observatory-language";
  var MOST = 30;

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
  function carry(href, language) {
    if (!/^[^:]*\.html([?#]|$)/.test(href) || /data_docs\//.test(href)) { return href; }
    var parts = href.split("#"), place = parts[0].split("?"), state = new URLSearchParams(place[1] || "");
    state.set("lang", language === "en" ? "en" : "zh");
    var path = place[0] + "?" + state;
    return parts.length > 1 ? path + "#" + parts[1] : path;
  }
  function mark(language) {
    document.querySelectorAll("button[data-lang]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === language));
    });
    // What cannot hold both languages.
    document.querySelectorAll("head > title[data-zh], form input[data-zh]").forEach(function (each) {
      var words = language === "en" ? each.dataset.en : each.dataset.zh;
      if (each.tagName === "TITLE") { document.title = words; } else { each.placeholder = words; }
    });
    lead(document, language);
  }
  // Links of ``part`` lead to pages in the language.
  function lead(part, language) {
    part.querySelectorAll("a[href]").forEach(function (link) {
      link.setAttribute("href", carry(link.getAttribute("href"), language));
    });
  }
  window.QUALITY_LEAD = function (part) { lead(part, language); };

  var asked = new URLSearchParams(window.location.search).get("lang");
  var languages = root.dataset.languages.split(" ");
  var language = languages.indexOf(asked) < 0 ? remembered() : asked;
  if (languages.indexOf(language) < 0) { language = languages[0]; }
  if (asked === language) { remember(language); }
  show(language);

  // Data beside the pages come as scripts: a page opened from disk may not fetch.
  var loading = {};
  function load(source, name, then, otherwise) {
    if (window[name]) { then(window[name]); return; }
    if (loading[name]) { loading[name].push([then, otherwise]); return; }
    loading[name] = [[then, otherwise]];
    var script = document.createElement("script");
    script.src = source;
    script.onload = function () {
      window.QUALITY_RELEASED(function () { loading[name].forEach(function (each) { each[0](window[name]); }); });
    };
    script.onerror = function () {
      var asked = loading[name];
      delete loading[name];
      asked.forEach(function (each) { if (each[1]) { each[1](); } });
    };
    document.head.appendChild(script);
  }
  // What moves the page waits while a button of the pointer is down: a link that moves away from under it is not
  // followed.
  var pressed = false, waiting = [];
  window.QUALITY_RELEASED = function (work) {
    if (pressed) { waiting.push(work); } else { work(); }
  };
  window.addEventListener("pointerdown", function (event) { pressed = event.button === 0; }, true);
  ["pointerup", "pointercancel"].forEach(function (kind) {
    window.addEventListener(kind, function () {
      pressed = false;
      window.setTimeout(function () { waiting.splice(0).forEach(function (work) { work(); }); }); // the click comes first
    }, true);
  });
  // 不合格 finds what failed: where a text says that nothing was found to fail, the word is kept apart.
  function folded(text) {
    return String(text).normalize("NFKC").toLowerCase().replace(/未发现不合格/g, "未发现合格");
  }
  function element(name, text, kind) {
    var made = document.createElement(name);
    if (text !== undefined) { made.textContent = text; }
    if (kind) { made.className = kind; }
    return made;
  }
  function said(zh, en) { return language === "en" ? en : zh; }
  // A name with what is said beside it, as 充电宝 · Power banks: a part that is in Chinese only is marked, as on pages.
  function marked(text) {
    var made = element("span");
    (language === "en" ? text.split(/( · )/) : [text]).forEach(function (part) {
      var node = element("span", part);
      if (language === "en" && /[\u3400-\u9fff]/.test(part)) { node.lang = "zh"; }
      made.appendChild(node);
    });
    return made;
  }
  // Whether a word stands in a text (both folded): up to three Latin letters where a word begins with them, as "ab"
  // in the middle of "lab" is none; all others anywhere, as Chinese has no spaces.
  var beginnings = {};
  function stands(text, word) {
    if (!/^[a-z]{1,3}$/.test(word)) { return text.indexOf(word) >= 0; }
    beginnings[word] = beginnings[word] || new RegExp("(^|[^a-z])" + word);
    return beginnings[word].test(text);
  }

  // Rows of the lookup, which the search asks too.
  // The words of a row, and those by which buyers call its goods.
  function plain(row, more) {
    return folded(row.map(function (value) {
      return value && value.zh !== undefined ? [value.zh, value.en, more[value.zh] || ""].join(" ") : value;
    }).join(" "));
  }
  // Once: phrases that rows name by their place are put into them, and what is searched is kept beside the rows.
  function opened(index) {
    index.parts.forEach(function (part) {
      if (!part.texts) { part.texts = []; searched(part, part.rows, index.phrases, index.words); }
    });
  }
  function searched(part, rows, phrases, more) {
    rows.forEach(function (row) {
      row.forEach(function (value, at) { if (typeof value === "number") { row[at] = phrases[value]; } });
      part.texts.push(plain(row, more));
    });
  }
  // Whether a row of the lookup, among those of its first file, has all words as they were typed. No such file: no.
  function looksUp(base, asked, then) {
    var words = folded(asked).split(/\s+/).filter(Boolean);
    load(base + "lookup_index.js", "QUALITY_LOOKUP", function (index) {
      opened(index);
      then(index.parts.some(function (part) {
        return part.texts.some(function (text) { return words.every(function (word) { return stands(text, word); }); });
      }));
    }, function () { then(false); });
  }

  // Search: each word must stand (`stands`) in a page's names or codes, in either language; where no row has all
  // of them, rows with some are offered, those with most of them first, then with most letters. What is named so comes first, then
  // names that begin so, or are called so, parts of a unit's page (浙江下一季度抽样建议) after all others of these, tables and columns (of the kind `detail`) last.
  // Words of English sentences ("is a power bank safe") are not asked for beside others. A row that has some of the
  // words has that of its kind too: "batch 28B035" is asked of one.
  var SMALL = " a an the is are was were be do does did can could should of for in on to at by from with my our any i we you it this there how what where when who why ";
  var MADE_UP = / ?\((合成|synthetic)\)$/;
  var PART_OF_UNIT = /^(platforms|regions|categories|clusters|labs|brands)\/.*#/;
  function find(rows, asked, kinds) {
    var detail = kinds.findIndex(function (kind) { return kind[1] === "dictionary"; });
    var named = kinds.map(function (kind) { return kind.map(folded); });
    var words = folded(asked).replace(/[?？]/g, " ").split(/\s+/).filter(Boolean), hits = [];
    var wanted = words.filter(function (word) { return SMALL.indexOf(" " + word + " ") < 0; });
    wanted = wanted.length ? wanted : words;
    rows.forEach(function (page, place) {
      var text = folded([page[1], page[2], page[4]].join(" "));
      var met = wanted.filter(function (word) { return stands(text, word); });
      if (!met.length) { return; }
      if (met.length < wanted.length) {
        met = wanted.filter(function (word) { return met.indexOf(word) >= 0 || named[page[3]].indexOf(word) >= 0; });
      }
      var called = folded(page[4] || "").split(" ").indexOf(met[0]) >= 0;
      var begins = called || folded(page[1]).indexOf(met[0]) === 0 || folded(page[2]).indexOf(met[0]) === 0;
      var is = [page[1], page[2]].some(function (name) { return folded(name).replace(MADE_UP, "") === words.join(" "); });
      hits.push([-met.length, -met.join("").length, page[3] === detail ? 1 : 0, is ? -1 : begins ? (PART_OF_UNIT.test(page[0]) ? 1 : 0) : 2, page[3], place, page, met.join(" ")]);
    });
    var all = hits.filter(function (hit) { return -hit[0] === wanted.length; });
    hits = all.length ? all : hits;
    hits.sort(function (a, b) {
      for (var at = 0; at < 6; at += 1) { if (a[at] !== b[at]) { return a[at] - b[at]; } }
      return 0;
    });
    var listed = all.length ? hits : shared(hits, kinds);
    return { some: !all.length, pages: listed.map(function (hit) { return hit[6]; }), all: hits.length };
  }
  // Rows with some of the words, more than are listed: no word takes the whole list, as 平台 with the names of all
  // platforms. Each has the same room, and pages about it come before its names.
  function shared(hits, kinds) {
    var groups = {};
    if (hits.length <= MOST) { return hits; }
    hits.forEach(function (hit) { (groups[hit[7]] = groups[hit[7]] || []).push(hit); });
    var words = Object.keys(groups), room = Math.max(1, Math.floor(MOST / words.length));
    return words.reduce(function (listed, word) {
      var rows = groups[word];
      function about(hit) { return kinds[hit[4]][1] === "page" && !PART_OF_UNIT.test(hit[6][0]); }
      if (rows.length > room) { rows = rows.filter(about).concat(rows.filter(function (hit) { return !about(hit); })); }
      return listed.concat(rows.slice(0, room));
    }, []);
  }
  // Chinese is typed without spaces (充电宝怎么选, P07排名): a word that no row has is cut into the longest parts that rows have,
  // each of two characters or more. `left`: whether characters that say something are in no part: of 电热毯 only 电热 is
  // held by 电热水壶, other goods.
  var SMALL_SIGNS = /[的了吗呢吧啊和与及或是]/;
  function parted(rows, asked) {
    var texts = rows.map(function (page) { return folded([page[1], page[2], page[4]].join(" ")); }), parts = [], left = false;
    function held(word) { return texts.some(function (text) { return stands(text, word); }); }
    (folded(asked).match(/[\u3400-\u9fff]+|[a-z0-9]+/g) || []).forEach(function (run) {
      for (var at = 0, end; at < run.length; at = end) {
        for (end = run.length; end - at > 1 && !held(run.slice(at, end)); end -= 1) { /* shorter */ }
        if (end - at > 1) { parts.push(run.slice(at, end)); } else { left = left || !SMALL_SIGNS.test(run.charAt(at)); }
      }
    });
    return { words: parts.join(" "), left: left };
  }
  // Terms, standards and offices lie in files of their kinds. Case numbers are found whole, by their first four
  // letters and digits on, or by their last four: by their end in one file for each last two, by their beginning
  // in files of numbers in order, of which the first two that may hold it list more than is shown.
  var ENOUGH = 4;
  function numberIn(asked) {
    var plain = folded(asked).split(/\s+/).map(function (word) { return word.replace(/[^a-z0-9]/g, ""); });
    return plain.reduce(function (longest, each) { return each.length > longest.length ? each : longest; }, "");
  }
  function begins(row, number) { return row[4].indexOf(number) === 0; }
  function ends(row, number) { return row[4] === number || (number.length >= ENOUGH && row[4].slice(-number.length) === number); }
  function inOrder(index, number) {
    var first = 0, past = 0, names = [];
    index.spans.forEach(function (opening) {
      if (opening < number) { first += 1; }
      if (opening < number || opening.indexOf(number) === 0) { past += 1; }
    });
    for (var at = Math.max(0, first - 1); at < Math.min(past, first + 1); at += 1) { names.push("from_" + at); }
    return number.length < ENOUGH ? { names: [], more: false } : { names: names, more: past > first + 1 };
  }
  function gather(base, names, rows, then) {
    if (!names.length) { then(rows); return; }
    load(base + "search/" + names[0] + ".js", "QUALITY_SEARCH_" + names[0], function (more) {
      gather(base, names.slice(1), rows.concat(more), then);
    });
  }
  function numbered(base, index, asked, then) {
    var number = numberIn(asked), end = number.slice(-2), spans = inOrder(index, number);
    gather(base, index.shards.indexOf(end) < 0 ? [] : [end], [], function (byEnd) {
      gather(base, spans.names, [], function (byBeginning) {
        var rows = byBeginning.filter(function (row) { return begins(row, number); });
        var others = byEnd.filter(function (row) { return ends(row, number) && (!begins(row, number) || number.length < ENOUGH); });
        then(rows.concat(others), spans.more);
      });
    });
  }
  // A row of goods: of most a file holds the name, the number of what stands behind it, kind and further words.
  function inFull(row, beside) {
    if (row.length > 4) { return row.slice(); }
    return ["lookup.html?q=" + encodeURIComponent(row[0]), row[0] + beside[row[1]][0], row[0] + beside[row[1]][1], row[2], row[3]];
  }
  // Names of goods: in one file, or in files by the pairs of characters next to each other in them, of which each
  // word has one; a name that several of these hold is listed once, with the further words of all.
  function goods(base, index, asked, then) {
    var names = [], met = {};
    folded(asked).split(/\s+/).forEach(function (word) {
      if (!index.products || word.length < (index.products === 1 ? 1 : 2)) { return; }
      var name = "products_" + (31 * word.charCodeAt(0) + (word.charCodeAt(1) || 0)) % index.products;
      if (names.indexOf(name) < 0) { names.push(name); }
    });
    gather(base, names, [], function (rows) {
      rows.forEach(function (row) {
        var found = inFull(row, index.beside), key = found[0] + " " + found[1], before = met[key];
        if (!before) { met[key] = found; return; }
        var words = before[4].split(" ");
        before[4] = words.concat(found[4].split(" ").filter(function (word) { return words.indexOf(word) < 0; })).join(" ");
      });
      then(Object.keys(met).map(function (key) { return met[key]; }));
    });
  }
  // What of the words asked finds a name of goods by its brand alone: the look up is asked for it too, as goods of
  // other brands have the name.
  function ofBrand(row, asked, kinds) {
    if (!row[4] || row[0].indexOf("lookup.html?q=") !== 0 || /^(recall|standard)$/.test(kinds[row[3]][1])) { return ""; }
    var name = folded(row[1] + " " + row[2]), brands = String(row[4]).split(/\s+/);
    return folded(asked).split(/\s+/).filter(function (word) { return word && !stands(name, word); }).map(function (word) {
      var met = brands.filter(function (brand) { return stands(folded(brand), word); });
      return met.length === 1 ? met[0] : met.length ? word : "";
    }).filter(Boolean).join(" ");
  }
  function search(form) {
    var field = form.querySelector("input"), list = form.querySelector("ul");
    var base = form.dataset.root, wanted = false, going = false; // Enter was pressed before what it asks for was listed
    function offer(index, rows, asked, more) {
      if (asked !== field.value || !wanted) { return; }
      var words = asked, found = find(rows, words, index.kinds);
      if (!found.pages.length && !more && /[\u3400-\u9fff]{3}|[a-z0-9][\u3400-\u9fff]|[\u3400-\u9fff][a-z0-9]/i.test(asked)) {
        var cut = parted(rows, asked);
        words = cut.words;
        found = find(rows, words, index.kinds);
        found.some = found.some || cut.left;
        found.left = cut.left;
      }
      if (!asked.trim() || more || (found.pages.length && !found.some && words === asked)) { enlist(index, asked, words, found, more, false); return; }
      looksUp(base, asked, function (there) {
        if (asked === field.value && wanted) { enlist(index, asked, words, found, more, there || found.left); }
      });
    }
    // What was found, and a link that looks the words up: `first` where the lookup has all of them, or where a part
    // of them stands in no name here, as of a shop's.
    function enlist(index, asked, words, found, more, first) {
      var hits = found.pages;
      list.textContent = "";
      if (found.some && hits.length) {
        list.appendChild(element("li", /\s/.test(asked.trim())
          ? said("没有同时含有各词的；含有其中一部分的：", "Nothing has all of these words; what has some of them:")
          : said("没有含有“" + asked.trim() + "”的；含有其中一部分的：", "Nothing has “" + asked.trim() + "”; what has part of it:"), "none"));
      }
      if (first) { lookUp(); }
      hits.slice(0, MOST).forEach(function (page) {
        var item = element("li"), link = element("a"), brand = ofBrand(page, words, index.kinds);
        link.href = carry(base + page[0] + (brand && encodeURIComponent(" " + brand)), language);
        link.appendChild(marked(said(page[1], page[2]) + (brand && " · " + brand)));
        link.appendChild(element("span", said(index.kinds[page[3]][0], index.kinds[page[3]][1]), "small"));
        item.appendChild(link);
        list.appendChild(item);
      });
      if (asked.trim() && !hits.length && !more) { list.appendChild(element("li", said("没有找到；编号可输入前四位起或后四位（样品、案件等）", "Nothing found; for a sample or case number, type at least its first four characters or its last four"), "none")); }
      // Batches, brands, makers and shops are found there, and whole categories of goods.
      function lookUp() {
        var other = element("li"), lookup = element("a", said("在通报和召回中查询“" + asked.trim() + "”", "Look up “" + asked.trim() + "” in bulletins and recalls"));
        lookup.href = carry(base + "lookup.html?q=" + encodeURIComponent(asked.trim()), language);
        other.appendChild(lookup);
        list.appendChild(other);
      }
      if (!first && asked.trim() && !more && (found.some || !hits.length || hits.some(function (row) { return ofBrand(row, words, index.kinds) || index.kinds[row[3]][1] === "Category"; }))) { lookUp(); }
      if (more || found.all > Math.min(MOST, hits.length)) {
        list.appendChild(element("li", more ? said("多于" + found.all + "项，请补充关键词", "More than " + found.all + ": type more")
          : said("共" + found.all + "项，请补充关键词", found.all + " in all: type more"), "none"));
      }
      form.dataset.offered = asked;
      list.hidden = !asked.trim();
      field.setAttribute("aria-expanded", String(!list.hidden));
      if (going) { go(); }
    }
    function go() {
      var first = list.querySelector("a");
      going = false;
      if (first && !list.hidden) { window.location.href = first.href; }
    }
    function close() {
      wanted = going = false;
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
    }
    function draw() {
      var asked = field.value;
      wanted = true;
      load(base + "search_index.js", "QUALITY_PAGES", function (index) {
        gather(base, index.parts, index.pages, function (rows) {
          goods(base, index, asked, function (products) {
            numbered(base, index, asked, function (cases, more) { offer(index, rows.concat(products, cases), asked, more); });
          });
        });
      });
    }
    field.addEventListener("input", function () { going = false; draw(); });
    field.addEventListener("focus", function () { if (field.value) { draw(); } });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (form.dataset.offered === field.value) { go(); } else { going = true; draw(); }
    });
    form.addEventListener("keydown", function (event) {
      var links = Array.prototype.slice.call(list.querySelectorAll("a"));
      var here = links.indexOf(document.activeElement);
      if (event.key === "Escape") {
        if (!list.hidden) { event.preventDefault(); } // the browser would empty the field at once
        field.focus();
        close();
      }
      if (event.key === "ArrowDown" && list.hidden) { event.preventDefault(); draw(); return; }
      if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(here + 1, links.length - 1)].focus(); }
      if (event.key === "ArrowUp" && links.length) { event.preventDefault(); if (here <= 0) { field.focus(); } else { links[here - 1].focus(); } }
    });
    form.addEventListener("focusout", function (event) { if (event.relatedTarget && !form.contains(event.relatedTarget)) { close(); } });
    document.addEventListener("click", function (event) { if (!form.contains(event.target)) { close(); } });
    document.addEventListener("keydown", function (event) {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) { event.preventDefault(); field.focus(); }
    });
  }

  // Lookup of bulletins and recalls: rows of texts, columns named in both languages; every word must stand in the row.
  function lookup(form) {
    var field = form.querySelector("input"), out = document.getElementById("found");
    var counted = document.getElementById("counted");
    function words(value) { return value && value.zh !== undefined ? said(value.zh, value.en) : value; }
    function table(part, rows, all) {
      var holder = element("div", undefined, "scroll"), made = element("table"), head = element("tr"), body = element("tbody");
      holder.tabIndex = 0;
      part.columns.forEach(function (column) { head.appendChild(element("th", said(column[0], column[1]))); });
      made.appendChild(element("caption", said(part.title[0], part.title[1]) + " (" + all + ")"));
      made.appendChild(element("thead")).appendChild(head);
      rows.slice(0, 200).forEach(function (row) {
        var drawn = element("tr");
        part.columns.forEach(function (column, place) {
          var cell = element("td"), value = row[place];
          if (place === part.link && row[part.columns.length]) {
            var link = element("a", words(value));
            link.href = carry(row[part.columns.length], language);
            cell.appendChild(link);
          } else {
            cell.textContent = words(value);
          }
          if (typeof value === "string" && /[\u3400-\u9fff]/.test(value)) { cell.lang = "zh"; }
          drawn.appendChild(cell);
        });
        body.appendChild(drawn);
      });
      made.appendChild(body);
      holder.appendChild(made);
      return holder;
    }
    // The rows that the first file does not hold, a file after the other as long as something is asked.
    var reading = false;
    function readOn(index) {
      var next = index.further[0];
      if (!next || reading) { return; }
      reading = true;
      load(next.file, next.name, function (file) {
        var part = index.parts[next.part];
        file.rows.forEach(function (row) { part.rows.push(row); });
        searched(part, file.rows, file.phrases, index.words);
        index.further.shift();
        reading = false;
        listFound(index, true);
      });
    }
    // Chinese is typed without spaces, and numbers of standards without theirs: 华诚充电宝, GB31241. A word that no row
    // has is cut into the longest parts that rows have, each of two characters or more of one script.
    function cut(index, word) {
      var parts = [];
      (word.match(/[\u3400-\u9fff]+|[a-z]+|[0-9]+(?:\.[0-9]+)*/g) || []).forEach(function (run) {
        var han = /[\u3400-\u9fff]/.test(run), at = 0;
        while (at < run.length) {
          var end = run.length;
          while (han && end - at > 1 && !held(index, run.slice(at, end))) { end -= 1; }
          if (end - at > 1) { parts.push(run.slice(at, end)); }
          at = end;
        }
      });
      return parts.length ? parts : [word];
    }
    function held(index, word) {
      return index.parts.some(function (part) { return part.texts.some(function (text) { return stands(text, word); }); });
    }
    // Rows with all words. Those of which a value is what was typed, or is called so ("Platform 03 (synthetic)"),
    // come first, then those that hold it as it was typed.
    function having(index, wanted) {
      var phrase = wanted.join(" ");
      return index.parts.map(function (part) {
        var met = [];
        part.rows.forEach(function (row, at) {
          if (!wanted.every(function (word) { return stands(part.texts[at], word); })) { return; }
          met.push([row.some(function (value) { return called(value, phrase); }) ? 0 : part.texts[at].indexOf(phrase) >= 0 ? 1 : 2, row]);
        });
        return met.sort(function (a, b) { return a[0] - b[0]; }).map(function (one) { return one[1]; });
      });
    }
    function called(value, phrase) {
      return (value && value.zh !== undefined ? [value.zh, value.en] : [value]).some(function (name) {
        var text = folded(name);
        return text.indexOf(phrase) === 0 && !/^[\p{L}\p{N}]/u.test(text.slice(phrase.length));
      });
    }
    function asked(index) {
      var wanted = folded(field.value).split(/\s+/).filter(Boolean), found = having(index, wanted);
      if (found.some(function (rows) { return rows.length; })) { return { words: "", found: found }; }
      wanted = wanted.reduce(function (all, word) { return all.concat(held(index, word) ? [word] : cut(index, word)); }, []);
      // What no row has is left out, as 毯 of 电热毯 and blanket of "electric blanket", and the page says so.
      var kept = wanted.filter(function (word) { return held(index, word); });
      wanted = kept.some(function (word) { return !/^[a-z]{1,3}$/.test(word); }) ? kept : wanted;
      return { words: wanted.join(" "), found: having(index, wanted), less: lacks(wanted.join(" "), field.value) };
    }
    // Whether the words lack something of what was typed: a Chinese character that is no particle, or more than one
    // letter or digit.
    function lacks(words, typed) {
      function n(text, sign) { return (folded(text).match(sign) || []).length; }
      var han = /(?![的了吗呢吧啊和与及或是])[\u3400-\u9fff]/g, others = /[a-z0-9]/g;
      return n(typed, han) > n(words, han) || n(typed, others) > n(words, others) + 1;
    }
    // How many rows each table has, with a link to it: the second may stand far below the first.
    function count(index, answer) {
      var all = total(answer.found);
      // The public look up says which periods it holds.
      var periods = index.held ? [index.held.zh, " " + index.held.en] : ["", ""];
      var none = index.held ? ["没有记录不等于没有问题；个人网店不公布名称。", " No record does not mean no problem; shops of natural persons are not named."]
        : ["没有记录不等于没有问题。", " No record does not mean no problem."];
      counted.textContent = all ? said("找到" + all + "条", all + " found") : index.further.length ? ""
        : said("没有找到。" + periods[0] + none[0], "Nothing found." + periods[1] + none[1]);
      var typed = field.value.trim();
      if (all && answer.less && !index.further.length) {
        counted.textContent = said("没有含有“" + typed + "”的记录。" + periods[0] + none[0] + "含有“" + answer.words + "”的" + all + "条",
          "No record has “" + typed + "”." + periods[1] + none[1] + " With “" + answer.words + "”: " + all);
      } else if (all && answer.words) { counted.textContent += said("（按“" + answer.words + "”）", " (for “" + answer.words + "”)"); }
      answer.found.forEach(function (rows, place) {
        if (!rows.length) { return; }
        var title = index.parts[place].title, link = element("a", said(title[0], title[1]) + " " + rows.length);
        link.href = "#found-" + place;
        counted.appendChild(document.createTextNode(" · "));
        counted.appendChild(link);
        var bad = index.parts[place].failed; // the column of results, and those that do not conform, in Chinese
        if (!bad) { return; }
        var n = rows.filter(function (row) { return bad[1].indexOf(row[bad[0]].zh) >= 0; }).length;
        counted.appendChild(document.createTextNode(said("（其中不合格" + n + "）", " (" + n + " non-conforming)")));
      });
      if (!index.further.length) { return; }
      var read = total(index.parts.map(function (part) { return part.rows; }));
      var of = index.parts.reduce(function (sum, part) { return sum + part.all; }, 0);
      var left = said("已查询" + read + "条，共" + of + "条，查询继续进行", read + " of " + of + " records searched so far, reading on");
      counted.appendChild(document.createTextNode(all ? said("；", "; ") + left : left));
    }
    function total(lists) { return lists.reduce(function (sum, rows) { return sum + rows.length; }, 0); }
    function draw() {
      load("lookup_index.js", "QUALITY_LOOKUP", function (index) {
        opened(index);
        listFound(index, false);
      });
    }
    // `again`: more rows have been read. Tables are made anew only if rows of these are found.
    var shown = 0, chosen = null; // the part that is listed as a whole, as long as nothing is typed
    function listFound(index, again) {
      if (!again && chosen !== null && field.value.trim() === "") { listWhole(index); return; }
      var wanted = field.value.trim() !== "", met = wanted ? asked(index) : { words: "", found: [] };
      if (again && !wanted) { return; }
      counted.textContent = "";
      if (!again || total(met.found) !== shown) {
        out.textContent = "";
        met.found.forEach(function (rows, place) {
          if (rows.length) { out.appendChild(table(index.parts[place], rows, rows.length)).id = "found-" + place; }
          if (rows.length > 200) { out.appendChild(element("p", said("此处列出前200行，请补充关键词", "The first 200 rows: type more to narrow them"), "small")); }
        });
        if (narrowed) { cards(); } else { unbroken(); }
      }
      shown = total(met.found);
      if (!wanted) { return; }
      count(index, met);
      // On a phone the keyboard hides the lower half: what is found shows above it.
      if (!again && narrowed && document.activeElement === field) { form.scrollIntoView({ block: "start" }); }
      readOn(index);
    }
    // All rows of a part, as far as they are listed: those of a kind of record that no page lists.
    function listWhole(index) {
      var part = index.parts[chosen];
      out.textContent = counted.textContent = "";
      out.appendChild(table(part, part.rows, part.all));
      if (part.all > 200) { out.appendChild(element("p", said("此处列出前200行，请补充关键词", "The first 200 rows: type more to narrow them"), "small")); }
      if (narrowed) { cards(); } else { unbroken(); }
    }
    document.querySelectorAll("a[data-part]").forEach(function (link) {
      link.addEventListener("click", function (event) {
        event.preventDefault();
        chosen = Number(link.dataset.part);
        field.value = "";
        load("lookup_index.js", "QUALITY_LOOKUP", function (index) {
          opened(index);
          listFound(index, false);
          form.scrollIntoView({ block: "start" });
        });
      });
    });
    field.addEventListener("input", function () { chosen = null; draw(); });
    form.addEventListener("submit", function (event) { event.preventDefault(); draw(); });
    document.addEventListener("quality-language", draw);
    var given = new URLSearchParams(window.location.search).get("q");
    if (given) { field.value = given; }
    if (field.value) { draw(); }
  }

  // What the part of an address after # names; as it stands where it is no valid code, as in #100%.
  function named() {
    var name = window.location.hash.slice(1);
    try { return decodeURIComponent(name); } catch (e) { return name; }
  }
  window.QUALITY_NAMED = named;
  window.QUALITY_LOAD = function (path, name, then) { load(root.dataset.root + path, name, then); };

  // The words of an element in one language.
  function shownIn(part, tongue) {
    var copy = part.cloneNode(true);
    copy.querySelectorAll("svg, ." + (tongue === "en" ? "zh" : "en")).forEach(function (each) { each.remove(); });
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  // On a narrow screen each row is a card: every cell says the head of its column. Names are set before rows
  // are put on pages, so that those of later pages have them too.
  var narrowed = false;
  function cards() {
    narrowed = true;
    document.querySelectorAll("main table").forEach(function (table) { table.classList.add("cards"); labelled(table); });
    unbroken();
  }
  function labelled(table) {
    var heads = table.tHead && table.tHead.rows.length === 1 ? Array.from(table.tHead.rows[0].cells) : [];
    var names = heads.map(function (head) {
      return ["zh", "en"].map(function (tongue) {
        return shownIn(head, tongue);
      });
    });
    Array.prototype.forEach.call(table.tBodies, function (body) {
      Array.prototype.forEach.call(body.rows, function (row) {
        var at = 0;
        Array.prototype.forEach.call(row.cells, function (cell) {
          if (names[at] && names[at][0]) { cell.dataset.zh = names[at][0]; cell.dataset.en = names[at][1]; }
          at += cell.colSpan;
        });
      });
    });
  }
  window.QUALITY_LABELLED = labelled;
  // Boxes that scroll are landmarks: those of one name are numbered.
  function landmarks() {
    var met = new Map();
    document.querySelectorAll("main .scroll[aria-label]").forEach(function (box) {
      var name = box.getAttribute("aria-label"), n = (met.get(name) || 0) + 1;
      met.set(name, n);
      if (n > 1) { box.setAttribute("aria-label", name + " (" + n + ")"); }
    });
  }
  // Tables of more rows than this, and those whose state the address gives, are worked with: sorted, filtered,
  // compared, exported.
  var SHORT = 10;
  var STEADY = 3000; // how long (ms) after the last change of height the place that the address names is kept in sight
  function workingTables() {
    var section = "table", found = new Map(), wanted = [];
    var given = Array.from(new URLSearchParams(window.location.search).keys());
    document.querySelectorAll("main [id], main table:not(.behind table)").forEach(function (each) {
      if (each.tagName !== "TABLE") { if (/^(H2|H3|DETAILS|SECTION)$/.test(each.tagName)) { section = each.id; } return; }
      found.set(section, (found.get(section) || 0) + 1);
      each.dataset.key = section + (found.get(section) > 1 ? "-" + found.get(section) : "");
      var stated = given.some(function (name) { return name.indexOf(each.dataset.key + ".") === 0; });
      if (!each.classList.contains("steps") && each.tHead && each.tBodies.length && (stated || each.tBodies[0].rows.length > SHORT)) { wanted.push(each); }
    });
    return wanted;
  }

  // The name of the CSV file of a table's rows that its source, what stands first after it before a heading, links.
  function fileOf(table) {
    var next = Array.from(document.querySelectorAll("main h2, main h3, main h4, main .source")).find(function (e) {
      return table.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING;
    });
    var link = next && next.matches(".source") && next.querySelector("a[href$='.csv']");
    return link ? link.getAttribute("href").replace(/^(\.\.\/)+/, "") : "";
  }

  // The line beside a table that says that it lists a part of its rows (`more` of parts.html); none: null.
  function moreOf(table) {
    var box = table.closest(".scroll");
    return [box && box.previousElementSibling, box && box.nextElementSibling].filter(function (each) { return each && each.matches("p.more"); })[0] || null;
  }
  window.QUALITY_MORE = moreOf;

  // On paper a table that is worked with (tables.js, sorting.js) has the rows that the screen shows. Where others are left out, by
  // pages, a search or filters, it says which it has.
  function onPaper(table) {
    var all = Number(table.dataset.all), found = Number(table.dataset.found), from = Number(table.dataset.from);
    var kept = found ? Array.from(table.tBodies[0].rows).filter(function (row) { return !row.hidden; }).length : 0, file = fileOf(table);
    if (kept === all) { return; }
    var more = moreOf(table), rest = more && more.querySelector(".rest");
    var zh = "本页列出" + all + "行", en = "Printed: ", asked = table.dataset.asked;
    if (found < all) { zh += "，其中" + found + "行符合所设的搜索或筛选条件" + (asked ? "（" + asked + "）" : ""); }
    if (kept < found) {
      zh += "，此处打印其中第" + (kept > 1 ? (from + 1) + "～" : "") + (from + kept) + "行，每页行数选“全部”则全部打印";
      en += (kept > 1 ? "rows " + (from + 1) + "–" : "row ") + (from + kept) + " of the ";
    } else {
      zh += found ? "，此处只打印这些行" : "";
      en += found ? "only the " : "none of the ";
    }
    if (found < all && found) { en += found + " that the search or filters find" + (asked ? " (" + asked + ")" : "") + ", of "; }
    en += all + " that the page lists" + (found ? "" : ", as none meets the search or filters" + (asked ? " (" + asked + ")" : "")) + (kept < found ? ", or all with “all” rows a page" : "");
    if (rest && found < all) {
      zh += "；本表只列" + more.dataset.all + "项中的" + more.dataset.shown + "项，" + shownIn(rest, "zh");
      en += "; the table has " + more.dataset.shown + " of " + more.dataset.all + ", " + shownIn(rest, "en");
    }
    table.after(element("p", said(zh + (file ? "；数据文件（CSV）为" + file : "") + "。", en + (file ? "; the CSV file is " + file : "") + "."), "small on-paper"));
  }

  // On paper such a line names the page or the file that has all, where no note on the rows printed does.
  function moreOnPaper(line) {
    var link = line.querySelector(".rest a[href*='.html']");
    var box = [line.previousElementSibling, line.nextElementSibling].find(function (each) { return each && each.matches(".scroll"); });
    var place = link ? link.getAttribute("href").split(/[?#]/)[0].replace(/^(\.\.\/)+/, "") : box && box.querySelector("p.on-paper") ? "" : fileOf(line);
    if (place) { line.append(element("span", said("（" + place + "）", " (" + place + ")"), "on-paper")); }
  }

  // Each sheet says at its foot what it is of, beside its number, and whether data are made up.
  function sheetMarks() {
    var name = document.querySelector(".mast .name"), title = document.querySelector("main h1"), synthetic = document.querySelector(".banner.synthetic strong");
    var tongue = language === "en" ? "en" : "zh";
    var of = [name, title].filter(Boolean).map(function (each) { return shownIn(each, tongue); }).join(said("：", ": "));
    function box(place, words, side) { return "@" + place + " { content: \"" + words.replace(/["\\]/g, "\\$&") + "\"; text-align: " + side + "; }"; }
    var sheet = document.getElementById("sheet-marks") || element("style");
    sheet.id = "sheet-marks";
    sheet.textContent = "@page { " + box("bottom-left", of, "left") + box("bottom-right", synthetic ? shownIn(synthetic, tongue).replace(/[\s–—]+$/, "") : "", "right") + " }";
    document.head.append(sheet);
  }

  // Chromium breaks a line after the hyphens of a date or a number (YP-130000-000012), and between a limit and its
  // unit: none of these is broken, except a number that its column has no room for (site.css): on paper, on a phone,
  // or of many characters.
  var KEPT = /((?<![\w-])(?:\d{4}-\d\d(?:-\d\d)?|(?=[A-Z-]*\d)[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)(?![\w-])|[≤≥]\d[\d.]*(?: [A-Za-zµΩ℃][^\s,;)，；）]*)?)/;
  var SHORT_NUMBER = 10, LONG_NUMBER = 24; // characters: of a date, of more than the number of a sample
  function kindOf(part) {
    if (part.length <= SHORT_NUMBER || !/^[A-Z]/.test(part)) { return "day"; }
    return part.length < LONG_NUMBER ? "number" : "number long";
  }
  function unbroken() {
    var walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
      var node = walker.currentNode, held = node.parentNode.closest("svg, script, option, pre, .day, .number, td.n");
      // Small words below a day may break (site.css), so a day in them is kept whole by itself.
      var below = held && held.matches("td.day") && node.parentNode.closest("td.day .small");
      if (KEPT.test(node.data) && (!held || below)) { found.push(node); }
    }
    found.forEach(function (node) {
      node.replaceWith.apply(node, node.data.split(KEPT).map(function (part, at) {
        return at % 2 ? element("span", part, kindOf(part)) : part;
      }));
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    mark(language);
    landmarks();
    var narrow = window.matchMedia("(max-width: 640px)");
    if (narrow.matches) { cards(); } else { unbroken(); narrow.addEventListener("change", cards); }
    var tables = workingTables();
    if (tables.length) { window.QUALITY_LOAD("assets/tables.js", "QUALITY_TABLES", function (work) { work(tables); }); }
    var drawn = Array.from(document.querySelectorAll("figure .behind"));
    if (drawn.length) { window.QUALITY_LOAD("assets/figures.js", "QUALITY_FIGURES", function (use) { use(drawn); }); }
    document.querySelectorAll("button[data-lang]").forEach(function (button) {
      button.addEventListener("click", function () {
        language = button.dataset.lang;
        remember(language);
        show(language);
        mark(language);
        var here = new URL(window.location.href);
        here.searchParams.set("lang", language);
        window.history.replaceState(null, "", here.search + here.hash);
        document.dispatchEvent(new Event("quality-language"));
      });
    });
    // An address that is to be copied is shown as a whole.
    document.querySelectorAll("a.address").forEach(function (link) { link.textContent = link.href; });
    document.querySelectorAll("nav.main, nav.sub").forEach(function (nav) {
      var here = nav.querySelector("a[aria-current]");
      if (here) { nav.scrollLeft = here.offsetLeft - 40; }
    });
    // A link to something that is folded opens it. What the address names stays in sight while tables and
    // drawings before it begin and change their height, until the reader moves or nothing has changed for a while.
    var aimed = null, until;
    function keep() {
      window.clearTimeout(until);
      until = window.setTimeout(leave, STEADY);
      aimed.scrollIntoView({ block: aimed.tagName === "TR" && aimed.offsetHeight < window.innerHeight / 2 ? "center" : "start" }); // a card is tall
    }
    function leave() { aimed = null; }
    // A page of the guide has its headings once in each language, in the same order: of a hidden one, the other.
    function inLanguage(place) {
      var guide = place && !place.getClientRects().length ? place.closest(".guide") : null;
      if (!guide) { return place; }
      var shown = guide.parentElement.querySelector(guide.classList.contains("zh") ? ".en.guide" : ".zh.guide");
      return shown.querySelectorAll(place.tagName)[Array.from(guide.querySelectorAll(place.tagName)).indexOf(place)] || place;
    }
    function unfold() {
      aimed = inLanguage(document.getElementById(named()));
      for (var box = aimed; box; box = box.parentElement) { if (box.tagName === "DETAILS") { box.open = true; } }
      if (aimed) { keep(); }
    }
    window.addEventListener("hashchange", unfold);
    document.addEventListener("click", function (event) { // on a link to the place that the address names already
      var link = event.target.closest ? event.target.closest("a[href]") : null;
      if (link && link.hash && link.href === window.location.href) { window.setTimeout(unfold); }
    });
    ["wheel", "touchmove", "keydown", "pointerdown"].forEach(function (kind) {
      window.addEventListener(kind, leave, { passive: true, capture: true });
    });
    new ResizeObserver(function () { if (aimed) { keep(); } }).observe(document.body);
    if (window.location.hash) { unfold(); }

    var finder = document.querySelector("form.find");
    if (finder) { search(finder); }
    var looking = document.querySelector("form.lookup");
    if (looking) { lookup(looking); }

    var tip = element("div", undefined, "tip");
    tip.setAttribute("aria-hidden", "true");
    document.body.appendChild(tip);
    document.addEventListener("pointerover", function (event) {
      var spot = event.target.closest ? event.target.closest("svg .mark") : null;
      if (!spot) { tip.style.display = "none"; return; }
      var box = spot.getBoundingClientRect();
      tip.textContent = said(spot.dataset.zh, spot.dataset.en);
      tip.style.display = "block";
      var left = Math.min(Math.max(4, box.left + box.width / 2 - tip.offsetWidth / 2), window.innerWidth - tip.offsetWidth - 4);
      tip.style.left = left + "px";
      tip.style.top = Math.max(4, box.top - tip.offsetHeight - 8) + "px";
    });
  });

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { if (!d.closest("td, th")) { d.open = true; } });
    document.dispatchEvent(new Event("quality-unfolded"));
    document.querySelectorAll("table[data-found]").forEach(onPaper);
    document.querySelectorAll("p.more").forEach(moreOnPaper);
    unbroken();
    sheetMarks();
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll(".on-paper").forEach(function (note) { note.remove(); });
  });
})();
