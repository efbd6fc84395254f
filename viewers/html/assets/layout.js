'use strict';
/* The page of a layout: picture and tables are there already. What is pointed at in one is marked in the other; tables are sorted;
 * a name, a kind or an address is looked for. A row of the layout has one data-row in both. */
(() => {
	const { el, number } = page;
	const main = document.getElementById('main'), tables = [...main.querySelectorAll('table')];
	const parts = new Map();                // by its number: its box in the picture and its row
	for (const node of main.querySelectorAll('[data-row]'))
		parts.set(node.dataset.row, [...(parts.get(node.dataset.row) || []), node]);
	const rows = [...main.querySelectorAll('tr[data-row]')];
	const text = (tr, k) => tr.cells[k].textContent;

	/* ---- one of them ---- */

	let shown = null, held = false;         // held: chosen, not only pointed at
	function show(id) {
		for (const node of parts.get(shown) || [])
			node.classList.remove('shown');
		shown = id;
		for (const node of parts.get(shown) || [])
			node.classList.add('shown');
	}
	/* Tab comes to the first row of a table that is there, and arrow keys go on. */
	function renewTabs() {
		for (const table of tables) {
			const own = [...table.tBodies[0].rows], first = own.find(tr => tr.offsetParent);
			for (const tr of own)
				tr.tabIndex = tr === first ? 0 : -1;
		}
	}
	const idOf = event => { const node = event.target.closest('[data-row]'); return node && node.dataset.row; };
	main.addEventListener('pointerover', event => { if (!held) show(idOf(event)); });
	main.addEventListener('click', event => {
		const id = idOf(event);
		if (!id && !event.target.closest('.picture'))
			return;
		held = id !== null;
		show(id);
		if (id && event.target.closest('svg'))
			parts.get(id).find(node => node.tagName === 'TR').scrollIntoView({ block: 'nearest' });
	});
	main.addEventListener('focusin', event => { const id = idOf(event); if (id) { held = true; show(id); } });
	main.addEventListener('keydown', event => {
		const tr = event.target.closest('tr[data-row]');
		if (event.key === 'Escape') {
			held = false;
			show(null);
		}
		if (!tr || !['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key))
			return;
		const own = [...tr.parentNode.rows].filter(row => row.offsetParent), i = own.indexOf(tr);
		const to = own[{ ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: own.length - 1 }[event.key]];
		if (to)
			to.focus();
		event.preventDefault();
	});

	/* ---- order ---- */

	for (const table of tables) {
		const own = [...table.tBodies[0].rows], heads = [...table.tHead.rows[0].cells];
		const value = (tr, k) => heads[k].classList.contains('r') ? (text(tr, k) === '' ? null : BigInt(text(tr, k))) : text(tr, k).toLowerCase();
		function sort(k, down) {
			const sign = down ? -1 : 1;
			own.sort((a, b) => {
				const x = value(a, k), y = value(b, k);
				if (x === null || y === null)
					return (x === null) - (y === null);
				return x < y ? -sign : x > y ? sign : Number(a.dataset.row) - Number(b.dataset.row);
			});
			table.tBodies[0].append(...own);
			renewTabs();
			heads.forEach((head, i) => i === k ? head.setAttribute('aria-sort', down ? 'descending' : 'ascending') : head.removeAttribute('aria-sort'));
			table.classList.toggle('sorted', k !== 0 || down);     // what lies in what is seen in the order of addresses alone
			page.say('sorted by ' + heads[k].textContent + (down ? ', descending' : ', ascending'));
		}
		heads.forEach((head, k) => {
			const isSize = head.classList.contains('r') && k > 1;
			head.replaceChildren(el('button', { type: 'button', onclick: () => {
				const before = head.getAttribute('aria-sort');
				sort(k, before ? before === 'ascending' : isSize);
			} }, head.textContent));
		});
		heads[0].setAttribute('aria-sort', 'ascending');
	}

	/* ---- search: an address, or a part of a name, a kind or a source ---- */

	const count = el('span', { class: 'note', role: 'status', id: 'found' });
	function look(asked) {
		const wanted = asked.trim().toLowerCase();
		const isAddress = /^0x[0-9a-f]+$/.test(wanted);
		const fits = tr => isAddress ? BigInt(text(tr, 0)) <= BigInt(wanted) && BigInt(wanted) <= BigInt(text(tr, 1))
			: wanted.split(/\s+/).every(word => [6, 7, 8].some(k => text(tr, k).toLowerCase().includes(word)));
		let n = 0;
		main.classList.toggle('searching', wanted !== '');
		for (const tr of rows) {
			const found = wanted !== '' && fits(tr);
			n += found;
			for (const node of parts.get(tr.dataset.row))
				node.classList.toggle('found', found);
		}
		renewTabs();
		count.textContent = wanted === '' ? '' : number(n) + ' of ' + number(rows.length) + ' rows';
	}
	const search = page.search({ label: 'Search an address or a name', isMain: true, hint: 'heap   0x20001230', oninput: look });
	search.input.id = 'search';
	document.getElementById('findings').after(el('div', { class: 'bar no-print' }, search.node, count));
	renewTabs();

	page.source([...main.querySelectorAll('#from + ol > li')].map(li => li.textContent).join(' \u00b7 '));
	page.ready();
})();
