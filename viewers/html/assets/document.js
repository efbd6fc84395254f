'use strict';
/* The page of a document: what stands in it as text becomes tables that can be sorted, filtered and copied (page.js); those that may be folded are tabs. A
 * row that is in the picture too (data-row) is marked in both; a point of a curve is of a row. */
(async () => {
	const { el, number } = page, main = document.getElementById('main'), picture = main.querySelector('.picture [data-row]'), tables = [], rowOf = new Map();

	/* Rows beyond the first of a long table are packed (viewers/print/html.c). */
	const valueOf = cell => cell.matches('.num, .curve') ? cell.dataset.value === undefined ? null : Number(cell.dataset.value) : cell.textContent || null;
	async function adopt(box) {
		const part = box.closest('section, details'), heads = [...box.querySelectorAll('thead th')], more = box.querySelector('script');
		const rows = [...box.querySelectorAll('tbody tr')].map(tr => Object.assign([...tr.cells].map(valueOf), { tr, word: tr.dataset.word }));
		for (const { tr } of rows)
			rowOf.set(tr.dataset.row, tr);
		for (const [word, depth, ...row] of more ? await page.packed(more.id) : []) {
			const bounds = row.some(Array.isArray) && row.map(cell => Array.isArray(cell) ? cell[1] : null);       // what numbers that are bounds look like
			rows.push(Object.assign(bounds ? row.map(cell => Array.isArray(cell) ? cell[0] : cell) : row, { word, depth, bounds }));
		}
		tables.push(page.table({
			box, rows, id: box.dataset.name ? box.dataset.name + '-table' : null, label: part ? part.querySelector('h2, summary').textContent : 'Table', filter: !picture && rows.length > 8, limit: picture ? Infinity : 50,
			columns: heads.map((head, k) => ({ key: String(k), title: head.textContent.trim(), kind: head.dataset.kind, bar: head.matches('.barred'), isName: head.matches('.name'), given: 'given' in head.dataset, value: row => row[k] })),
		}));
	}
	function tabs(first) {
		const list = [first];
		while (list[list.length - 1].nextElementSibling?.matches('.fold'))
			list.push(list[list.length - 1].nextElementSibling);
		if (list.length < 2)
			return;
		const before = first.previousElementSibling, isOfThat = before?.matches('section:not(#findings)') && !before.querySelector('table');      // it has a heading
		const place = isOfThat ? before : el('section', {}, el('h2', {}, 'Tables'));
		if (!isOfThat)
			first.before(place);
		place.append(page.tabs('Tables', list.map(node => {
			const head = node.querySelector('h2'), title = head.textContent + ' ' + number(page.tables.get(node.id + '-table').rows().length);
			head.remove();
			return { id: node.id, title, node };
		})).node);
	}
	for (const box of main.querySelectorAll('.table:has(> table > thead)'))
		if (!box.closest('#limits'))
			await adopt(box);
	for (const first of [...main.querySelectorAll('.fold')])
		if (!first.closest('[role="tabpanel"]'))
			tabs(first);

	/* ---- the picture and its rows ---- */

	let shown = null, held = false;         // held: chosen, not only pointed at
	const partsOf = id => main.querySelectorAll('[data-row="' + id + '"]');
	function show(id) {
		for (const node of partsOf(shown))
			node.classList.remove('shown');
		shown = id;
		for (const node of partsOf(shown))
			node.classList.add('shown');
	}
	const idOf = event => { const node = event.target.closest('[data-row]'); return node && node.dataset.row; };
	function listen() {
		main.addEventListener('pointerover', event => { if (!held) show(idOf(event)); });
		main.addEventListener('click', event => {
			const id = idOf(event);
			if (!id && !event.target.closest('.picture'))
				return;
			held = id !== null;
			show(id);
			if (id && event.target.closest('svg'))
				main.querySelector('tr[data-row="' + id + '"]')?.scrollIntoView({ block: 'nearest' });
		});
		main.addEventListener('focusin', event => { const id = idOf(event); if (id) { held = true; show(id); } });
		main.addEventListener('keydown', event => {
			if (event.key === 'Escape') {
				held = false;
				show(null);
			}
		});
		/* An address, or words of a row: in all tables, and in the picture. */
		const count = el('span', { class: 'note', role: 'status', id: 'found' });
		const search = page.search({ label: 'Search the tables', isMain: true, hint: 'a name, an address', oninput: asked => {
			const n_all = tables.reduce((n, table) => n + (table.filter(''), table.rows().length), 0);
			tables.forEach(table => table.filter(asked));
			const found = new Set(tables.flatMap(table => table.rows().map(row => row.tr.dataset.row)));
			main.classList.toggle('searching', asked.trim() !== '');
			for (const node of main.querySelectorAll('g[data-row]'))
				node.classList.toggle('found', asked.trim() !== '' && found.has(node.dataset.row));
			count.textContent = asked.trim() === '' ? '' : number(tables.reduce((n, table) => n + table.rows().length, 0)) + ' of ' + number(n_all) + ' rows';
		} });
		search.input.id = 'search';
		document.getElementById('findings').after(el('div', { class: 'bar no-print' }, search.node, count));
	}
	/* ---- curves: what is under the pointer, and the row that it is of ---- */

	for (const svg of main.querySelectorAll('.curve svg')) {
		const [high, last, n] = ['high', 'last', 'n'].map(name => Number(svg.dataset[name])), line = svg.firstChild, pick = page.svg('path');
		const values = new Map([...line.getAttribute('d').matchAll(/(\d+) (\d+)/g)].map(([, x, y]) => [Number(x), high - y]));
		svg.append(pick);
		svg.addEventListener('pointermove', event => {
			const x = new DOMPoint(event.clientX, 0).matrixTransform(line.getScreenCTM().inverse()).x;
			const i = Math.max(0, Math.min(n - 1, Math.round(x))), value = values.get(i), row = rowOf.get(String(last + n - 1 - i));
			const change = values.has(i) && values.has(i - 1) ? ' (' + page.signed(value - values.get(i - 1)) + ')' : '';
			pick.setAttribute('d', values.has(i) ? 'M' + i + ' ' + (high - value) + 'h0' : '');
			page.tip(event.clientX, event.clientY, [[...row?.cells || []].filter(cell => !cell.matches('.num')).map(cell => cell.textContent).join(' '), ': ', number(value), change]);
		});
		svg.addEventListener('pointerleave', () => { pick.setAttribute('d', ''); page.tip(0, 0, null); });
	}

	if (picture)
		listen();
	for (const act of page.acts)
		await act();
	page.ready();
})();
