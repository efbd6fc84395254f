'use strict';
/* The page of a document: all of it is there already. Tables are sorted, searched and copied; a row that is in the picture
 * too (data-row) is marked in both. */
(() => {
	const { el, number } = page;
	const main = document.getElementById('main'), tables = [...main.querySelectorAll('table')];
	const rows = [...main.querySelectorAll('tbody tr')];
	const parts = new Map();                // by its number: its box in the picture and its row
	for (const node of main.querySelectorAll('[data-row]'))
		parts.set(node.dataset.row, [...(parts.get(node.dataset.row) || []), node]);
	const text = cell => cell.textContent;

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
		for (const table of parts.size ? tables : []) {
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
		const own = [...table.tBodies[0].rows], order = new Map(own.map((tr, i) => [tr, i])), heads = [...table.tHead.rows[0].cells];
		const isNumber = head => head.matches('.num, .address');
		const value = (tr, k) => isNumber(heads[k]) ? (tr.cells[k].dataset.value === undefined ? null : BigInt(tr.cells[k].dataset.value)) :
			text(tr.cells[k]).toLowerCase();
		function sort(k, down) {
			const sign = down ? -1 : 1;
			own.sort((a, b) => {
				const x = value(a, k), y = value(b, k);
				if (x === null || y === null)
					return (x === null) - (y === null) || order.get(a) - order.get(b);
				return x < y ? -sign : x > y ? sign : order.get(a) - order.get(b);
			});
			table.tBodies[0].append(...own);
			renewTabs();
			heads.forEach((head, i) => i === k ? head.setAttribute('aria-sort', down ? 'descending' : 'ascending') : head.removeAttribute('aria-sort'));
			table.classList.toggle('sorted', own.some((tr, i) => order.get(tr) !== i));     // what lies in what is seen in its own order alone
			page.say('sorted by ' + text(heads[k]) + (down ? ', descending' : ', ascending'));
		}
		for (const tr of own)
			[...tr.cells].forEach((cell, k) => { cell.dataset.head = text(heads[k]); });
		heads.forEach((head, k) => {
			head.replaceChildren(el('button', { type: 'button', onclick: () => {
				const before = head.getAttribute('aria-sort');
				sort(k, before ? before === 'ascending' : head.matches('.num'));
			} }, text(head)));
		});
		const csv = () => [heads, ...own.filter(tr => tr.offsetParent).map(tr => [...tr.cells])].map(line => line.map(cell =>
			cell.matches('td.num') ? cell.dataset.value || '' : '"' + text(cell).replace(/^(?=[=+@-])/, "'").replaceAll('"', '""') + '"').join(',')).join('\r\n');
		table.closest('.table').after(el('div', { class: 'bar no-print' }, el('button', { type: 'button', class: 'copy', onclick: async () => {
			await navigator.clipboard.writeText(csv() + '\r\n');
			page.say('copied');
		} }, 'Copy as CSV')));
	}

	/* ---- search: an address, or words of a row ---- */

	const count = el('span', { class: 'note', role: 'status', id: 'found' });
	function look(asked) {
		const wanted = asked.trim().toLowerCase();
		const isAddress = /^0x[0-9a-f]+$/.test(wanted);
		const fits = tr => {
			const [first, last] = isAddress ? tr.querySelectorAll('.address') : [];
			if (isAddress && last)
				return BigInt(first.dataset.value) <= BigInt(wanted) && BigInt(wanted) <= BigInt(last.dataset.value);
			return wanted.split(/\s+/).every(word => [...tr.cells].some(cell => !cell.matches('.num') && text(cell).toLowerCase().includes(word)));
		};
		let n = 0;
		main.classList.toggle('searching', wanted !== '');
		for (const tr of rows) {
			const found = wanted !== '' && fits(tr);
			n += found;
			for (const node of parts.get(tr.dataset.row) || [tr])
				node.classList.toggle('found', found);
		}
		renewTabs();
		count.textContent = wanted === '' ? '' : number(n) + ' of ' + number(rows.length) + ' rows';
	}
	if (rows.length) {
		const search = page.search({ label: 'Search the tables', isMain: true, hint: 'a name, an address', oninput: look });
		search.input.id = 'search';
		document.getElementById('findings').after(el('div', { class: 'bar no-print' }, search.node, count));
	}
	renewTabs();
	page.ready();
})();
