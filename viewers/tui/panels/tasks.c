/* The stacks of tasks, a row each below the pools; those that are used most come first, so that they stay where there
 * is little room. */
#include "memprof/analysis/tasks.h"
#include "memprof/base/number.h"
#include "tui/panels/panel.h"

enum { NAME_COLUMNS = 15, NUMBER_COLUMNS = 10, BAR_COLUMNS_MIN = 10, N_FIELDS = 3 };
static const char *const heads[N_FIELDS] = { "stack", "most used", "least free" };

/* NULL: those of the moment are not known, or there are none. */
static const struct heap *heap_with_tasks(const struct tui *t)
{
	const struct history_moment *m = tui_moment(t);

	return m && t->picture.n_moment == m->n && t->picture.heap.n_tasks > 0 ? &t->picture.heap : NULL;
}

uint32_t panel_tasks_rows(const struct tui *t)
{
	const struct heap *heap = heap_with_tasks(t);

	return heap ? 1 + heap->n_tasks : 0;
}

static size_t make_rows(const struct heap *heap, struct task_report ret[HEAP_TASKS_MAX])
{
	for (uint32_t i = 0; i < heap->n_tasks; i++) {
		struct task_report r;
		uint32_t at = i;
		report_task(&heap->tasks[i], &r);
		for (; at > 0 && ret[at - 1].most_used_percent < r.most_used_percent; at--)
			ret[at] = ret[at - 1];
		ret[at] = r;
	}
	return heap->n_tasks;
}

static int bar_x(const struct rect *r) { return r->x + 2 + NAME_COLUMNS + N_FIELDS * (NUMBER_COLUMNS + 2) + 2; }

static void draw_heads(struct grid *g, const struct rect *r, size_t n_more, bool missing)
{
	struct rect row = { r->x, r->y, r->columns, 1 };
	int x = r->x + 2 + NAME_COLUMNS, end = r->x + r->columns;

	grid_fill(g, &row, ' ', TUI_HEAD);
	grid_text(g, r->x + 2, r->y, MIN(NAME_COLUMNS, r->columns - 2), TUI_HEAD, "task");
	for (int i = 0; i < N_FIELDS && x + 2 + NUMBER_COLUMNS <= end; i++, x += 2 + NUMBER_COLUMNS)
		grid_printf(g, x + 2, r->y, NUMBER_COLUMNS, TUI_HEAD, "%*s", NUMBER_COLUMNS, heads[i]);
	if (n_more > 0 && end - 10 >= bar_x(r))
		grid_printf(g, end - 10, r->y, 10, TUI_HEAD, "%5zu more", n_more);
	else if (missing && end - 10 >= bar_x(r))
		grid_text(g, end - 10, r->y, 10, TUI_HEAD, "incomplete");
}

static void draw_task(struct grid *g, const struct rect *r, int y, const struct task_report *task)
{
	const uint64_t values[N_FIELDS] = { task->task->stack_bytes, task->most_used_bytes,
					    task->task->least_free_bytes };
	enum tui_role role = task->is_low ? TUI_WARNING : TUI_PLAIN;
	int x = r->x + 2 + NAME_COLUMNS, end = r->x + r->columns;
	char text[PANEL_WORD_BYTES];

	if (task->is_low && r->columns > 1)
		grid_put(g, r->x + 1, y, '!', role);
	grid_text(g, r->x + 2, y, MIN(NAME_COLUMNS, r->columns - 2), role,
		  task->task->name[0] ? task->task->name : "(no name)");
	for (int i = 0; i < N_FIELDS && x + 2 + NUMBER_COLUMNS <= end; i++, x += 2 + NUMBER_COLUMNS)
		grid_printf(g, x + 2, y, NUMBER_COLUMNS, role, "%*s", NUMBER_COLUMNS,
			    panel_size(text, values[i], NUMBER_COLUMNS));
	if (end - bar_x(r) < BAR_COLUMNS_MIN)
		return;
	if (task->most_used_percent < 0)
		grid_text(g, bar_x(r), y, end - bar_x(r), TUI_FAINT, "its size is not known");
	else
		grid_bar(g, bar_x(r), y, end - bar_x(r), task->most_used_percent / 100.0,
			 task->is_low ? TUI_WARNING : TUI_USED, TUI_FREE);
}

void panel_tasks(const struct tui *t, struct grid *g, const struct rect *r)
{
	const struct heap *heap = heap_with_tasks(t);
	struct task_report rows[HEAP_TASKS_MAX];

	if (!heap || r->rows < 2 || r->columns < 1)
		return;
	size_t n = make_rows(heap, rows), n_shown = MIN(n, (size_t)r->rows - 1);
	draw_heads(g, r, n - n_shown, heap->tasks_missing);
	for (size_t i = 0; i < n_shown; i++)
		draw_task(g, r, r->y + 1 + (int)i, &rows[i]);
}
