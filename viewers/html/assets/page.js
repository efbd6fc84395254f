'use strict';
/* What all pages share. Nothing is loaded, and no text is ever taken for markup: elements are made by page.el alone.
 *
 *	page.data(id) page.packed(id)       what html_data and html_data_packed put into the page, the latter as a promise
 *	page.bytes(id)                      the latter where it is no JSON
 *	page.el(tag, attributes, ...kids)   an element; kids are nodes, texts, numbers, null, or lists of them
 *	page.number(n) page.human(bytes) page.percent(part) page.signed(n) page.address(n) page.file(path)   texts; null is "–"
 *	page.section(id, title, ...kids)    a part of the page, at its end
 *	page.table({...}) page.tabs(label, [...]) page.search({...})                         parts of a page
 *	page.color(name)                    [r, g, b] of a custom property of the styles: page.color('--ink')
 *	page.tip(x, y, kids)                a few words beside the pointer; of null none
 *	page.say(text)                      for those who listen to the page
 *	page.source(...kids)                in the head of the page: what it was made of
 *	page.renewParts()                   … which of its parts are there now
 *	page.moment(n) page.hasMoment(n)    of a report: show dump n; whether there is one
 *	page.tables                         the tables that have an id, by it
 *	page.acts                           what is to be done once those of a document have one (document.js)
 *	page.ready()                        all is drawn
 *	document 'ready'                    … then
 *	document 'themechange'              colours are others now
 */
const page = (() => {
	/* As text_visible of src/base/text.c: code points that draw nothing, or change how their neighbours are drawn. */
	const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
	const SVG = 'http://www.w3.org/2000/svg';

	function visible(text) {
		return String(text).replace(UNSEEN, c => {
			const code = c.codePointAt(0);
			return code < 0x80 ? '\\x' + code.toString(16).padStart(2, '0') : (code > 0xffff ? '\\U' : '\\u') + code.toString(16).padStart(code > 0xffff ? 8 : 4, '0');
		});
	}

	function fill(node, attributes, kids) {
		for (const [name, value] of Object.entries(attributes || {})) {
			if (value === null || value === undefined || value === false)
				continue;
			if (name.startsWith('on'))
				node.addEventListener(name.slice(2), value);
			else if (name === 'style')
				for (const [property, v] of Object.entries(value))
					node.style.setProperty(property, v);
			else
				node.setAttribute(name, value === true ? '' : visible(value));
		}
		for (const kid of kids.flat(Infinity))
			if (kid !== null && kid !== undefined)
				node.append(kid instanceof Node ? kid : visible(kid));
		return node;
	}
	const el = (tag, attributes, ...kids) => fill(document.createElement(tag), attributes, kids);
	const svg = (tag, attributes, ...kids) => fill(document.createElementNS(SVG, tag), attributes, kids);

	/* ---- texts ---- */

	const NONE = '\u2013', MINUS = '\u2212', GROUP = '\u202f';
	const isKnown = value => value !== null && value !== undefined;

	function number(value) {
		if (!isKnown(value))
			return NONE;
		const [whole, part] = String(Math.abs(value)).split('.');
		const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, GROUP) : whole;
		return (value < 0 ? MINUS : '') + grouped + (part ? '.' + part : '');
	}
	function human(bytes) {         /* as number_human of src/base/number.c */
		if (!isKnown(bytes))
			return NONE;
		const units = ['B', 'KiB', 'MiB', 'GiB'];
		let value = Math.abs(bytes), i = 0;
		while (value >= (i ? 1023.95 : 1024) && i + 1 < units.length) {
			value /= 1024;
			i++;
		}
		return (bytes < 0 ? MINUS : '') + (i ? value.toFixed(1) : value) + ' ' + units[i];
	}
	const percent = part => isKnown(part) && isFinite(part) ? (part < 0 ? MINUS : '') + (100 * Math.abs(part)).toFixed(1) + GROUP + '%' : NONE;
	const signed = value => isKnown(value) && value > 0 ? '+' + number(value) : number(value);
	const file = path => path && path.replace(/^.*[/\\](?=.)/, '');        // its folders are private
	const steps = path => path.split(/(?<=[^/]\/)/).flatMap((step, i) => i ? [el('wbr'), step] : step);      // may be broken behind a slash
	const address = value => isKnown(value) ? '0x' + value.toString(16) : NONE;
	function duration(ms) {
		if (!isKnown(ms))
			return NONE;
		if (ms < 1000)
			return Math.round(ms) + ' ms';
		if (ms < 60000)
			return (ms / 1000).toFixed(1) + ' s';
		const s = Math.floor(ms / 1000), two = n => String(n).padStart(2, '0');
		const clock = two(Math.floor(s / 3600) % 24) + ':' + two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
		return s < 86400 ? clock : Math.floor(s / 86400) + ' d ' + clock;
	}

	/* Of a moment as it was stamped the time of day: all of one page are of one day, or nearly. */
	const clock = time => time && time.replace(/^\d{4}-\d\d-\d\dT|Z$/g, '');

	/* "4096", "0x1000", "16K", "1.5M": bytes; null if it is no size. */
	function size(text) {
		const m = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)\s*(?:([kmg])(?:i?b)?|b)?$/i.exec(text.trim());
		return m ? Math.round(Number(m[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf((m[2] || '').toLowerCase())) : null;
	}

	/* ---- what was put into the page ---- */

	const data = id => {
		const node = document.getElementById(id);
		return node ? JSON.parse(node.textContent) : null;
	};
	/* Bytes as packed.h packs them. */
	async function unpack(text) {
		const raw = atob(text), bytes = new Uint8Array(raw.length);
		for (let i = 0; i < raw.length; i++)
			bytes[i] = raw.charCodeAt(i);
		const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
		return new Uint8Array(await new Response(stream).arrayBuffer());
	}
	const bytes = id => unpack(document.getElementById(id).textContent);
	const packed = async id => JSON.parse(new TextDecoder().decode(await bytes(id)));

	const listener = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
	function say(text) {
		listener.textContent = visible(text);
	}

	const beside = el('div', { class: 'tip off', 'aria-hidden': 'true' });
	function tip(x, y, kids) {
		beside.classList.toggle('off', !kids);
		if (!kids)
			return;
		beside.replaceChildren(...kids.flat(Infinity).filter(isKnown));
		const box = beside.getBoundingClientRect();
		beside.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 8)) + 'px';
		beside.style.top = (y + 20 + box.height > innerHeight ? y - box.height - 12 : y + 18) + 'px';
	}

	/* act() once node has a width, and when that is another one: in a later frame, as act() may change heights. */
	function onWidth(node, act) {
		let width = 0;
		new ResizeObserver(() => {
			const was = width;
			width = node.clientWidth;
			if (width && !was)
				act();
			else if (width && width !== was)
				requestAnimationFrame(act);
		}).observe(node);
	}

	/* What is wider than the page is moved in a box of its own, also by keys. */
	function scrolls(node, label) {
		const renew = () => {
			const isWide = node.scrollWidth > node.clientWidth + 1;
			for (const [name, value] of [['tabindex', 0], ['role', 'group'], ['aria-label', visible(label)]])
				if (isWide)
					node.setAttribute(name, value);
				else
					node.removeAttribute(name);
		};
		const observer = new ResizeObserver(renew);
		observer.observe(node);
		observer.observe(node.firstElementChild);
		return node;
	}

	/* ---- the head ---- */

	const top = document.querySelector('header.top');
	let nParts = 0;
	const parts = el('nav', { class: 'parts no-print', 'aria-label': 'Parts of the page' });
	function source(...kids) {
		parts.before(el('p', { class: 'note', id: 'source' }, kids));
	}
	function renewParts() {
		const heads = [...document.querySelectorAll('main h2')].filter(head => head.offsetParent);
		parts.replaceChildren(...heads.map(head => {
			const section = head.closest('section[id]'), to = section && section.querySelector('h2') === head ? section : head;
			to.id = to.id || 'part-' + ++nParts;
			return el('a', { href: '#' + to.id }, head.textContent);
		}));
		parts.classList.toggle('off', heads.length < 2);
	}

	function section(id, title, ...kids) {
		const node = el('section', { id, 'aria-labelledby': id + '-h' }, el('h2', { id: id + '-h' }, title), kids);
		document.getElementById('main').append(node);
		return node;
	}

	/* ---- tables ---- */

	const tables = new Map(), acts = [];
	const MORE_ROWS = 1000, alphabet = new Intl.Collator('en', { numeric: true });
	const WORDS = {                 // of kinds, as print_number of viewers/print/print.c
		number, size: number, signed, percent, human, tenths: n => percent(isKnown(n) ? n / 1000 : n), time: duration, curve: number, rate: n => human(n) + '/s', more: n => (n > 0 ? '+' : '') + human(n),
		relative: n => isKnown(n) ? n >= 1e8 ? 'x' + (n / 1e6 + 1).toFixed(0) : (n < 0 ? MINUS : '+') + (Math.abs(n) / 1e4).toFixed(Math.abs(n) < 500 ? 2 : 1) + GROUP + '%' : NONE,
	};
	/* Columns: { key, title, kind, value, node, hint, bar, rare }; with name instead of title: without a heading that is seen. kind: 'text', 'address', or one
	 * of WORDS; value(row) is what is sorted by and shown (row[key] if it is not given), node(row) what is shown instead; bar: true, or the colour for a
	 * row: a bar below its number; rare: not where no row has it, or all have 0. Options: label (what it is called, if not by its caption), caption,
	 * columns, rows, id, filter (a box for it), limit (rows at first), sort ("-key": descending), onchoose(row): then rows can be clicked, and are walked
	 * through by keys; box: a table that is in the page (document.js): its rows are lists with their element, tr, and a word that they are chosen by.
	 * Returns { node, rows(), set(rows), mark(row), filter(text), sort("-key"), has(name), reveal(name), keep(fits, before), link(onchoose) }, and of a table
	 * that was in the page at(title, given), value(row, title, given), words(row); given: the title is a name of the input, as that of a region. keep: only
	 * rows that fit; before() undoes it where a row is looked for. reveal shows the row that is called name, in whichever tab it is. */
	function table(options) {
		const { columns, box, limit = 100 } = options;
		const isNumber = column => Boolean(WORDS[column.kind]), isSigned = column => ['signed', 'more', 'relative'].includes(column.kind);
		const isName = (column, k) => box ? column.isName : k === 0 && column.kind !== 'number';
		const raw = (column, row) => column.value ? column.value(row) : row[column.key];
		const nameOf = row => raw(columns.find(isName) || columns[0], row);
		let all = [], kept = [], shown = [], words = [], word = '', sorted = null, down = false, n = limit, chosen = null, keep = () => true, onreveal = null, { onchoose } = options;

		const text = (column, row) => {
			const value = raw(column, row);
			return row.bounds?.[column.key] || (isKnown(value) ? (WORDS[column.kind] || String)(value) : box ? '' : NONE);
		};
		const cell = (column, row, k) => {
			const value = raw(column, row);
			return el(isName(column, k) ? 'th' : 'td', {
				class: [isNumber(column) ? 'num' : box && isName(column) ? 'name' : column.kind || 'text', isSigned(column) && value ? value > 0 ? 'grown' : 'shrunk' : '',
					column.off ? 'off' : ''].join(' ').trim(),
				scope: isName(column, k) ? 'row' : null, style: row.depth && isName(column, k) ? { '--depth': row.depth } : null,
				'data-key': box ? null : column.key, 'data-value': isKnown(value) && typeof value !== 'object' ? value : null,
			}, column.node ? column.node(row) : steps(text(column, row)));
		};
		const heads = box ? [...box.querySelectorAll('thead th')] : columns.map(column => el('th', {
			scope: 'col', 'data-key': column.key, class: isNumber(column) ? 'num' : '', title: column.hint }, column.name && el('span', { class: 'unseen' }, column.name)));
		columns.forEach((column, k) => column.title && heads[k].replaceChildren(el('button', { type: 'button', onclick: () => {
			sort((sorted === column ? !down : isNumber(column)) ? '-' + column.key : column.key);
			say('sorted by ' + column.title + (down ? ', descending' : ', ascending'));
		} }, column.title)));
		const inner = box || el('div', { class: 'table' }, el('table', { 'aria-label': options.label || options.caption }, el('thead', {}, el('tr', {}, heads)), el('tbody')));
		const body = inner.querySelector('tbody');
		const more = el('button', { type: 'button', onclick: () => { n += MORE_ROWS; draw(); } });
		const copy = el('button', { type: 'button', class: 'copy', onclick: async () => {
			await navigator.clipboard.writeText(csv());
			say('copied');
		} }, 'Copy as CSV');
		const count = el('span', { class: 'note', role: 'status' });
		const finder = options.filter ? search({ label: 'Filter rows', oninput: filter }) : null;
		const choices = el('div', { class: 'bar no-print off' });
		const node = el('div', { id: options.id });
		if (box)
			box.replaceWith(node);
		for (const td of box?.querySelectorAll('tbody td.text:not(:has(*))') || [])
			td.replaceChildren(...steps(td.textContent));
		node.append(choices, finder ? el('div', { class: 'bar no-print' }, finder.node, count) : '', options.caption ? el('p', { class: 'note' }, options.caption) : '',
			scrolls(inner, options.label || options.caption || 'Table'), el('div', { class: 'bar no-print' }, more, copy));

		function fits(row) {
			const ends = columns.filter(column => column.kind === 'address');
			if (words.length === 1 && ends.length > 1 && /^0x[0-9a-f]+$/.test(words[0]))
				return BigInt(raw(ends[0], row)) <= BigInt(words[0]) && BigInt(words[0]) <= BigInt(raw(ends[1], row));
			const line = columns.map(column => raw(column, row)).join(' ').toLowerCase();
			return words.every(one => line.includes(one));
		}
		function order() {
			kept = all.filter(row => keep(row) && (!word || row.word === word));
			shown = words.length ? kept.filter(fits) : kept.slice();
			if (sorted) {
				const key = row => raw(sorted, row), sign = down ? -1 : 1;
				const compare = isNumber(sorted) ? (a, b) => a - b : sorted.kind === 'address' ? (a, b) => Number(a) - Number(b) || (a < b ? -1 : a > b) : alphabet.compare;
				shown.sort((a, b) => {
					const x = key(a), y = key(b);
					return isKnown(x) && isKnown(y) ? sign * compare(x, y) : isKnown(y) - isKnown(x);
				});
			}
			body.parentNode.classList.toggle('sorted', sorted !== null);     // what lies in what is seen in its own order alone
			draw();
		}
		function make(row) {
			return row.tr || el('tr', {}, columns.map((column, k) => cell(column, row, k)));
		}
		function draw() {
			const largest = column => all.reduce((most, row) => Math.max(most, Math.abs(raw(column, row)) || 0), 1);
			const bars = columns.map((column, k) => [column, k, column.bar ? largest(column) : 0]).filter(([, , most]) => most);
			columns.forEach((column, i) => {
				column.off = column.rare && !all.some(row => raw(column, row));
				heads[i].classList.toggle('off', Boolean(column.off));
			});
			const i_focus = [...body.rows].indexOf(document.activeElement);
			body.replaceChildren(...shown.slice(0, n).map((row, i) => {
				const tr = make(row), canWalk = onchoose || tr.dataset.row;
				[...tr.cells].forEach((td, k) => { td.dataset.head = columns[k].title || columns[k].name || ''; });
				for (const [column, k, most] of bars) {
					tr.cells[k].classList.add('barred', ...isSigned(column) ? ['both'] : []);
					tr.cells[k].style.setProperty('--part', 100 * Math.abs(raw(column, row)) / most + '%');
					if (column.bar !== true)
						tr.cells[k].style.setProperty('--bar', 'var(' + column.bar(row) + ')');
				}
				tr.classList.toggle('choose', Boolean(onchoose));
				if (canWalk)
					tr.tabIndex = i === 0 ? 0 : -1;
				if (onchoose && row === chosen)
					tr.setAttribute('aria-current', 'true');
				return tr;
			}));
			if (i_focus >= 0 && body.rows[i_focus])
				body.rows[i_focus].focus();
			more.textContent = shown.length - n > MORE_ROWS ? 'Show ' + number(MORE_ROWS) + ' more of ' + number(shown.length) + ' rows' :
				'Show all ' + number(shown.length) + ' rows';
			more.classList.toggle('off', shown.length <= n);
			count.textContent = shown.length < all.length ? number(shown.length) + ' of ' + number(all.length) + ' rows' : number(all.length) + (all.length === 1 ? ' row' : ' rows');
		}
		/* Numbers bare, texts quoted; what a spreadsheet would take for a formula stands behind an apostrophe. */
		function csv() {
			const quoted = value => '"' + String(isKnown(value) ? value : '').replace(/^(?=[=+@-])/, "'").replaceAll('"', '""') + '"';
			const lines = shown.map(row => columns.map(column => isNumber(column) ? String(raw(column, row) ?? '') : quoted(raw(column, row))));
			return [columns.map(column => quoted(column.title || column.name)), ...lines].map(line => line.join(',') + '\r\n').join('');
		}
		body.addEventListener('click', event => {
			const tr = event.target.closest('tr');
			if (tr && onchoose)
				choose(shown[tr.sectionRowIndex]);
		});
		body.addEventListener('keydown', event => {
			const tr = event.target, { rows } = body, i = tr.sectionRowIndex;
			const to = { ArrowDown: rows[i + 1], ArrowUp: rows[i - 1], Home: rows[0], End: rows[rows.length - 1] }[event.key];
			if (tr.tagName !== 'TR' || event.ctrlKey || event.altKey || event.metaKey)
				return;
			if (onchoose && (event.key === 'Enter' || event.key === ' '))
				choose(shown[i]);
			else if (to)
				to.focus();
			else
				return;
			event.preventDefault();
		});
		/* Which row is the one that is shown elsewhere. */
		function mark(row) {
			chosen = row;
			[...body.rows].forEach((tr, i) => shown[i] === row ? tr.setAttribute('aria-current', 'true') : tr.removeAttribute('aria-current'));
		}
		function choose(row) {
			mark(row);
			onchoose(row);
		}
		function filter(value) {
			words = value.toLowerCase().split(/\s+/).filter(one => one);
			n = limit;
			order();
		}
		function sort(key) {
			down = key.startsWith('-');
			sorted = columns.find(column => String(column.key) === key.replace(/^-/, ''));
			columns.forEach((column, i) => {
				if (column === sorted)
					heads[i].setAttribute('aria-sort', down ? 'descending' : 'ascending');
				else
					heads[i].removeAttribute('aria-sort');
			});
			order();
		}
		function set(rows) {
			all = rows;
			order();
		}
		/* Buttons for the words of rows, if they have different ones. */
		const counts = new Map();
		all = options.rows || [];
		for (const row of all)
			if (row.word)
				counts.set(row.word, (counts.get(row.word) || 0) + 1);
		const chooser = choice('Only what was', [{ id: '', title: 'All ' + number(all.length) }, ...[...counts].map(([id, rows]) => ({ id, title: id + ' ' + number(rows) }))],
			id => { word = id; order(); });
		chooser.set('');
		if (counts.size > 1 && all.length > 8) {
			choices.classList.remove('off');
			choices.append(chooser.node);
		}
		const named = name => all.find(row => visible(nameOf(row)) === name);
		function reveal(name) {
			const panel = node.closest('[role="tabpanel"]');
			if (panel)
				document.getElementById(panel.getAttribute('aria-labelledby')).click();
			if (onreveal)
				onreveal();
			if (finder)
				finder.input.value = '';
			chooser.set(word = '');
			words = [];
			order();
			const i = shown.indexOf(named(name));
			if (i < 0)
				return;
			n = Math.max(n, i + 1);
			draw();
			mark(shown[i]);
			body.rows[i].scrollIntoView({ block: 'center' });
		}
		if (options.sort)
			sort(options.sort);
		else
			order();
		let onScreen = n;
		addEventListener('beforeprint', () => { onScreen = n; n = Math.max(n, 1000); draw(); });
		addEventListener('afterprint', () => { n = onScreen; draw(); });
		const made = { node, set, mark, filter, sort, reveal, has: name => Boolean(named(name)), rows: () => shown,
			keep: (act, before) => { keep = act; onreveal = before; order(); }, link: act => { onchoose = act; draw(); },
			at: (title, given = false) => columns.findIndex(column => column.title === title && column.given === given),
			value: (row, title, given) => row[made.at(title, given)] ?? null,
			words: row => columns.map(column => [column.title, text(column, row)]) };
		if (options.id)
			tables.set(options.id, made);
		return made;
	}

	/* ---- other parts ---- */

	/* [{ id, title, node }]; onshow(id) when one is shown. Returns { node, show(id) }. */
	function tabs(label, list, onshow) {
		const buttons = list.map((tab, i) => el('button', {
			type: 'button', role: 'tab', id: 'tab-' + tab.id, 'aria-controls': 'panel-' + tab.id,
			onclick: () => show(tab.id),
			onkeydown: event => {
				const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
				if (!step)
					return;
				const to = (i + step + list.length) % list.length;
				show(list[to].id);
				buttons[to].focus();
				event.preventDefault();
			},
		}, tab.title));
		const panels = list.map(tab => el('div', {
			role: 'tabpanel', id: 'panel-' + tab.id, 'aria-labelledby': 'tab-' + tab.id, 'data-title': tab.title,
		}, tab.node));
		function show(id) {
			list.forEach((tab, i) => {
				const is = tab.id === id;
				buttons[i].setAttribute('aria-selected', is);
				buttons[i].tabIndex = is ? 0 : -1;
				panels[i].classList.toggle('off', !is);
			});
			if (onshow)
				onshow(id);
		}
		const node = el('div', {}, el('div', { role: 'tablist', 'aria-label': label, class: 'no-print' }, buttons), panels);
		if (list.length)
			show(list[0].id);
		return { node, show };
	}

	/* { label, hint, oninput(text), onenter(text, backwards) } */
	/* isMain: / leads there. */
	function search({ label, hint, oninput, onenter, isMain }) {
		const input = el('input', {
			type: 'search', 'aria-label': label, placeholder: hint || label, autocomplete: 'off', spellcheck: 'false',
			oninput: () => oninput && oninput(input.value),
			onkeydown: event => {
				if (event.key === 'Enter' && onenter)
					onenter(input.value, event.shiftKey);
			},
		});
		if (isMain)
			document.addEventListener('keydown', event => {
				if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey || event.target.matches('input, select, textarea'))
					return;
				event.preventDefault();
				input.focus();
			});
		return { node: input, input };
	}

	/* Buttons of which one is pressed: [{ id, title, hint }]. Returns { node, set(id) }; set does not call onchoose. */
	function choice(label, list, onchoose) {
		const buttons = list.map(item => el('button', {
			type: 'button', title: item.hint, 'data-id': item.id,
			onclick: () => { set(item.id); onchoose(item.id); },
		}, item.title));
		function set(id) {
			list.forEach((item, i) => buttons[i].setAttribute('aria-pressed', item.id === id));
		}
		return { node: el('div', { class: 'group', role: 'group', 'aria-label': label }, buttons), set };
	}

	/* ---- colours ---- */

	const probe = el('span', { class: 'unseen', 'aria-hidden': 'true' });
	const colors = new Map();
	function color(name) {
		if (!colors.has(name)) {
			probe.style.color = 'var(' + name + ')';
			colors.set(name, (getComputedStyle(probe).color.match(/[\d.]+/g) || [0, 0, 0]).slice(0, 3).map(Number));
		}
		return colors.get(name);
	}
	const system = matchMedia('(prefers-color-scheme: dark)');
	const root = document.documentElement;
	const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : system.matches;
	const changed = () => {
		colors.clear();
		document.dispatchEvent(new Event('themechange'));
	};
	const button = el('button', { type: 'button', class: 'theme no-print', onclick: () => {
		root.dataset.theme = isDark() ? 'light' : 'dark';
		label();
		changed();
	} });
	function label() {
		button.textContent = isDark() ? '\u2600 Light' : '\u263e Dark';
		button.setAttribute('aria-label', isDark() ? 'Use light colours' : 'Use dark colours');
	}
	system.addEventListener('change', () => { label(); changed(); });
	let before, folded = [];
	addEventListener('beforeprint', () => {
		before = root.dataset.theme;
		root.dataset.theme = 'light';
		folded = [...document.querySelectorAll('details:not([open])')];
		folded.forEach(node => { node.open = true; });
		changed();
	});
	addEventListener('afterprint', () => {
		folded.forEach(node => { node.open = false; });
		if (before)
			root.dataset.theme = before;
		else
			delete root.dataset.theme;
		changed();
	});

	function ready() {
		document.dispatchEvent(new Event('ready'));
		renewParts();
		document.body.dataset.ready = 'yes';
		performance.mark('ready');
	}

	label();
	top.querySelector('div').after(button);
	top.append(parts);
	for (const node of document.querySelectorAll('.picture, #limits .table'))
		scrolls(node, node.querySelector('[aria-label]')?.ariaLabel || 'Picture');
	document.body.append(listener, probe, beside);
	return {
		el, svg, visible, file, onWidth, number, human, percent, signed, address, duration, clock, size, isKnown, data, bytes, packed, unpack, say, source, renewParts, tip, section, table, tabs, search, choice,
		color, isDark, tables, acts, ready,
	};
})();
