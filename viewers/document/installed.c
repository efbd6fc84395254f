/* The agent that a board has, and what memprof agent did about it. */
#include <string.h>

#include "memprof/viewers/installed_view.h"

/* What an import on this board gives. first: what is said of the file that it takes. */
static void tell_found(struct document *d, const struct installed *found, const char *first)
{
	static const char *const states[] = {
		[INSTALLED_RUNNING_UNKNOWN] = "It is imported.",
		[INSTALLED_STOPPED] = "It is imported; its timer is not running.",
		[INSTALLED_RUNNING] = "It is imported, and takes snapshots by a timer.",
	};

	if (found->built_in)
		doc_tell(d, DOC_FINE, DOC_T("The firmware has memprof built in."));
	for (size_t i = 0; i < found->n_files; i++) {
		const struct installed_file *f = &found->files[i];
		bool is_used = !found->built_in && i == 0;
		doc_tell(d, DOC_FINE, DOC_T(is_used ? first : "Not used, as another comes first: "),
			 DOC_T(f->version[0] ? "memprof " : "a module memprof of another origin"), DOC_T(f->version),
			 DOC_T(", "), DOC_T(f->path), DOC_T(", "), DOC_BYTES(f->n_bytes));
	}
	if (!found->built_in && found->n_files == 0)
		doc_tell(d, DOC_LOOK, DOC_T("No agent on the board."));
	if (found->loaded)
		doc_say(d, DOC_T(states[found->running]));
	if (!found->built_in && !found->folder[0])
		doc_say(d, DOC_T("The board has no file system to install one on."));
	else if (!found->built_in && found->in_memory)
		doc_say(d, DOC_T("The file system is in memory: it is lost when the process ends."));
}

static void say_variant(struct document *d, const char *variant)
{
	bool is_source = strcmp(variant, "source") == 0, is_bytecode = strcmp(variant, "bytecode") == 0;

	doc_say(d, DOC_T("Variant: "), DOC_T(variant),
		DOC_T(is_source   ? ", which the board compiles at each import." :
		      is_bytecode ? "; a snapshot takes a second or so on a small board." :
				    ", native code."));
}

static void say_cost(struct document *d, const struct installed_cost *cost)
{
	uint64_t taken_bytes = cost->free_before_bytes - MIN(cost->free_bytes, cost->free_before_bytes);

	doc_say(d, DOC_T("It keeps "), DOC_BYTES(cost->kept_bytes),
		DOC_T(" of the heap; importing and starting it takes "), DOC_BYTES(taken_bytes),
		DOC_T(" until the next collection."));
}

static void say_next(struct document *d, const struct installed_view *view)
{
	const struct installed *found = view->found;
	bool usable = found->built_in || (found->n_files && found->files[0].version[0]);
	bool starts = found->built_in || found->has_timer;

	if (usable && found->running != INSTALLED_RUNNING) {
		doc_say(d, DOC_T("To use it, in a program or at the board's prompt: "),
			doc_exact(DOC_T(starts ? "import memprof; memprof.start(1000)" :
						 "import memprof; memprof.snapshot()")));
		if (!starts)
			doc_say(d, DOC_T("start() needs machine.Timer, which this port lacks; with asyncio, use "
					 "memprof.task()."));
	} else if (!usable && view->deed == INSTALLED_LOOKED && found->folder[0]) {
		doc_say(d, DOC_T("To install it: "),
			doc_exact(DOC_T(
				arena_printf(&d->arena, "memprof agent install %s", doc_shell_word(d, view->source)))));
	}
}

void document_installed(struct document *d, const struct installed_view *view)
{
	static const char *const deeds[] = {
		[INSTALLED_NEW] = "Installed: ",
		[INSTALLED_REPLACED] = "Replaced: ",
		[INSTALLED_SAME] = "Already there: ",
		[INSTALLED_REMOVED] = "Removed: ",
	};
	const struct installed *found = view->found;
	bool is_first = view->path && !found->built_in && found->n_files && !strcmp(found->files[0].path, view->path);
	bool is_other = view->deed == INSTALLED_REPLACED || view->deed == INSTALLED_REMOVED;

	doc_init(d, "agent");
	if (view->path && !is_first)
		doc_tell(d, DOC_FINE, DOC_T(deeds[view->deed]), DOC_T(view->path));
	tell_found(d, found, is_first ? deeds[view->deed] : "On the board: ");
	if (view->variant)
		say_variant(d, view->variant);
	if (view->cost)
		say_cost(d, view->cost);
	if (is_other && found->loaded)
		doc_say(d, DOC_T("What is imported stays in use until the next reset (Ctrl-D at the prompt)."));
	say_next(d, view);
}
