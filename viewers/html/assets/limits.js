'use strict';
/* From a limit to the row of its subject in the tables of the page, and to the dump it was judged at, where the page has them. */
(() => {
	const limits = document.getElementById('limits');

	function link(tr) {
		const { kind, found } = tr.dataset, name = tr.cells[0], text = name.textContent, at = /\(dump (\d+)/.exec(text), dump = at && at[1];
		const others = text.search(/, and \d+ more[:,]/), end = others < 0 ? text.length : others;
		const table = page.tables.get(({ frozen: 'frozen', heap: 'pool' }[kind] || kind + 's') + '-table');
		const hasDump = dump && page.hasMoment && page.hasMoment(dump), from = at ? at.index : end;
		const what = table && table.has(found) ? page.el('button', { type: 'button', class: 'link', onclick: async () => {
			if (hasDump)
				await page.moment(Number(dump));
			table.reveal(found);
		} }, text.slice(0, from).trimEnd()) : text.slice(0, from).trimEnd();
		name.replaceChildren(what, ...hasDump ? [' (', page.el('a', { href: '#dump-' + dump }, 'dump ' + dump), text.slice(from + at[0].length)] : [text.slice(text.slice(0, from).trimEnd().length)]);
	}

	for (const table of limits.querySelectorAll('table'))           // in a narrow window each cell says what it is
		for (const td of table.querySelectorAll('td'))
			td.dataset.head = table.tHead.rows[0].cells[td.cellIndex].textContent;
	document.addEventListener('ready', () => {
		document.getElementById('main').prepend(limits);
		limits.querySelectorAll('tr[data-kind]').forEach(link);
		page.renewParts();
	});
})();
