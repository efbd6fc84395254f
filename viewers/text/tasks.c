/* The stacks of tasks. */
#include <string.h>

#include "memprof/analysis/tasks.h"
#include "memprof/viewers/ticker_view.h"
#include "memprof/viewers/view.h"
#include "text/column.h"
#include "text/cut.h"

enum { NAME_COLUMNS = 24 };

static const char *name_of(const struct heap_task *task) { return task->name[0] ? task->name : "(no name)"; }

static void say_task(struct strbuf *out, const struct heap_task *task, const struct text_style *style)
{
	struct task_report r;

	report_task(task, &r);
	text_role(out, style, r.is_low ? ROLE_WARNING : ROLE_PLAIN);
	strbuf_puts(out, "  ");
	for (size_t n = text_cut(out, name_of(task), strlen(name_of(task)), NAME_COLUMNS, CUT_END); n < NAME_COLUMNS;
	     n++)
		strbuf_putc(out, ' ');
	text_size(out, 11, task->stack_bytes, style);
	text_size(out, 11, r.most_used_bytes, style);
	text_size(out, 11, task->least_free_bytes, style);
	if (r.most_used_percent < 0)
		strbuf_printf(out, "%10s", "-");
	else
		strbuf_printf(out, "%9d%%", r.most_used_percent);
	strbuf_puts(out, r.is_low ? "  low" : "");
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

void text_tasks(struct strbuf *out, const struct heap *heap, const struct text_style *style)
{
	if (heap->n_tasks == 0 && !heap->tasks_missing)
		return;
	text_in_role(out, style, ROLE_HEAD, "TASKS                           stack  most used least free      used\n");
	for (uint32_t i = 0; i < heap->n_tasks; i++)
		say_task(out, &heap->tasks[i], style);
	if (heap->tasks_missing)
		strbuf_puts(out, "  (the board has more tasks than its agent has room for: MEMPROF_TASKS_MAX)\n");
	strbuf_putc(out, '\n');
}

/* "radio: 48 of 768 B of its stack were never used" */
static void say_least(struct strbuf *out, const struct heap_task *task, const struct text_style *style)
{
	text_cut(out, name_of(task), strlen(name_of(task)), NAME_COLUMNS, CUT_END);
	if (task->stack_bytes == NOT_KNOWN)
		strbuf_printf(out, ": %s", exact_words(task->least_free_bytes, style).text);
	else
		strbuf_printf(out, ": %s of %s", figure_words(task->least_free_bytes, style).text,
			      exact_words(task->stack_bytes, style).text);
	strbuf_puts(out, " of its stack were never used");
}

void text_tasks_findings(struct strbuf *out, const struct heap *heap, const struct text_style *style)
{
	for (uint32_t i = 0; i < heap->n_tasks; i++) {
		struct task_report r;
		report_task(&heap->tasks[i], &r);
		if (!r.is_low)
			continue;
		text_role(out, style, ROLE_WARNING);
		strbuf_puts(out, "Task ");
		say_least(out, &heap->tasks[i], style);
		text_role(out, style, ROLE_PLAIN);
		strbuf_puts(out, ".\n");
	}
}

void text_ticker_task(struct strbuf *out, const struct heap_task *task, const struct text_style *style)
{
	struct task_report r;

	report_task(task, &r);
	text_role(out, style, r.is_low ? ROLE_WARNING : ROLE_FAINT);
	strbuf_puts(out, "        -- task ");
	say_least(out, task, style);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}
