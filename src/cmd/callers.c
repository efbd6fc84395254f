/* Names for callers that a board reports by address, from the ELF of its firmware. */
#include "callers.h"

#include <errno.h>
#include <string.h>

#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/image/call_sites.h"

int callers_open(struct callers *c, const char *elf)
{
	struct diag diag = { 0 };
	int error = elf ? input_elf_read(&c->elf, elf, IMAGE_WANT_SYMBOLS, &diag) : 0;

	if (error == 0 && elf)
		error = call_sites_new(&c->elf.image, c->elf.blob.bytes, c->elf.blob.n_bytes, &c->sites);
	if (error == 0)
		return 0;
	callers_close(c);
	load_exit(error, &diag);
	return -EINVAL;
}

void callers_close(struct callers *c)
{
	call_sites_free(c->sites);
	input_image_deinit(&c->elf);
	*c = (struct callers){ .is_other_build = false };
}

/* A HELLO has as much of the id as fits. */
static void check_build(struct callers *c, const struct event_hello *hello)
{
	const char *id = c->elf.image.build_id;
	bool is_other = id && hello->build_id[0] && strncmp(id, hello->build_id, strlen(hello->build_id)) != 0;

	if (is_other && !c->is_other_build)
		message_at(
			(struct place){ .file = c->elf.blob.name }, "warning",
			"not the ELF of the firmware on the board: its build id is %s, the board's is %s; callers are"
			" shown as addresses",
			id, hello->build_id);
	c->is_other_build = is_other;
}

static void name(struct callers *c, struct event_caller *caller, bool is_return)
{
	if (!c->is_other_build && caller->address)
		caller->site = call_sites_find(c->sites, caller->address, is_return);
}

static void on_event(void *ctx, struct event *event)
{
	struct callers *c = ctx;

	if (!c->sites)
		return;
	if (event->kind == EVENT_HELLO) {
		check_build(c, &event->hello);
	} else if (event->kind == EVENT_FAILED) {
		name(c, &event->failed.details.caller, true);
	} else if (event->kind == EVENT_LARGE) {
		name(c, &event->large.caller, true);
	} else if (event->kind == EVENT_LAST_WORDS) {
		name(c, &event->last_words.details.caller, true);
		name(c, &event->last_words.fault, false);
	}
}

struct sink callers_sink(struct callers *c) { return (struct sink){ .on_event = on_event, .ctx = c }; }
