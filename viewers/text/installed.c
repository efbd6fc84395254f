#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/installed_view.h"
#include "shared/number_words.h"

static const struct installed_file *first_file(const struct installed *found)
{
	return found->n_files ? &found->files[0] : NULL;
}

static void say_file(struct strbuf *out, const struct installed_file *file, const struct text_style *style)
{
	if (file->version[0])
		strbuf_printf(out, "memprof %s: ", file->version);
	else
		strbuf_puts(out, "a module memprof of another origin: ");
	text_clean(out, file->path);
	strbuf_printf(out, ", %s\n", exact_words(file->n_bytes, style).text);
}

/* What an import on this board gives. */
static void say_found(struct strbuf *out, const struct installed_view *view, const struct text_style *style)
{
	const struct installed *found = view->found;

	if (found->built_in)
		strbuf_puts(out, "The firmware has memprof built in.\n");
	for (size_t i = 0; i < found->n_files; i++) {
		strbuf_puts(out, found->built_in || i > 0 ? "Not used, as another comes first: " : "On the board: ");
		say_file(out, &found->files[i], style);
	}
	if (!found->built_in && found->n_files == 0)
		strbuf_puts(out, "No agent on the board.\n");
	if (found->loaded)
		strbuf_puts(out, found->running == INSTALLED_RUNNING ?
					 "It is imported, and takes snapshots by a timer.\n" :
				 found->running == INSTALLED_STOPPED ? "It is imported; no timer of its runs.\n" :
								       "It is imported.\n");
}

static void say_variant(struct strbuf *out, const struct installed_view *view)
{
	if (strcmp(view->variant, "source") == 0)
		strbuf_puts(out, "It is the source, which the board compiles at each import.\n");
	else if (strcmp(view->variant, "bytecode") == 0)
		strbuf_puts(out, "It is compiled to bytecode: a snapshot takes a second or so on a small board.\n");
	else
		strbuf_printf(out, "It is compiled, with native code for %s.\n", view->variant);
}

static void say_cost(struct strbuf *out, const struct installed_cost *cost, const struct text_style *style)
{
	uint64_t taken_bytes = cost->free_before_bytes - MIN(cost->free_bytes, cost->free_before_bytes);

	strbuf_printf(out, "It keeps %s of the heap; importing and starting it takes %s until the next collection.\n",
		      human_words(cost->kept_bytes, style).text, human_words(taken_bytes, style).text);
}

static void say_next(struct strbuf *out, const struct installed_view *view)
{
	const struct installed_file *file = first_file(view->found);
	bool usable = view->found->built_in || (file && file->version[0]);

	if (usable && view->found->running != INSTALLED_RUNNING) {
		bool starts = view->found->built_in || view->found->has_timer;
		strbuf_printf(out,
			      "To use it, in a program or at the board's prompt:\n"
			      "    import memprof\n"
			      "    memprof.%s\n",
			      starts ? "start(1000)" : "snapshot()");
		if (!starts)
			strbuf_puts(out,
				    "start() needs machine.Timer, which this port lacks; with asyncio, use"
				    " memprof.task().\n");
	} else if (!usable && view->deed == INSTALLED_LOOKED && view->found->folder[0]) {
		strbuf_puts(out, "To install it: memprof agent install ");
		text_clean(out, view->source);
		strbuf_putc(out, '\n');
	}
}

static void say_folder(struct strbuf *out, const struct installed *found)
{
	if (!found->folder[0])
		strbuf_puts(out, "It has no file system to put one on.\n");
	else if (found->in_memory)
		strbuf_puts(out, "Its file system is in memory, and gone when the process ends.\n");
}

void text_installed(struct strbuf *out, const struct installed_view *view, const struct text_style *style)
{
	static const char *const deeds[] = {
		[INSTALLED_NEW] = "Written: ",
		[INSTALLED_REPLACED] = "Replaced: ",
		[INSTALLED_SAME] = "Already there: ",
		[INSTALLED_REMOVED] = "Removed: ",
	};

	if (view->path && deeds[view->deed]) {
		strbuf_puts(out, deeds[view->deed]);
		text_clean(out, view->path);
		strbuf_putc(out, '\n');
	}
	say_found(out, view, style);
	if (!view->found->built_in)
		say_folder(out, view->found);
	if (view->variant)
		say_variant(out, view);
	if (view->cost)
		say_cost(out, view->cost, style);
	if (view->deed == INSTALLED_REPLACED && view->found->loaded)
		strbuf_puts(out, "The older one runs on until the next reset (Ctrl-D at the prompt).\n");
	else if (view->deed == INSTALLED_REMOVED && view->found->loaded)
		strbuf_puts(out, "What is imported runs on until the next reset (Ctrl-D at the prompt).\n");
	say_next(out, view);
}
