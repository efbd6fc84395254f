#include "gdb_target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/cli/command.h"
#include "memprof/cli/message.h"

int gdb_target_close(struct gdb_target *t, int error, bool is_quiet)
{
	const struct place at = { .file = t->uri };
	const struct diag *diag = &t->memory.diag;
	bool goes_on = gdb_memory_close(&t->memory);

	if (!goes_on)
		message_at(at, "warning", "the GDB server did not confirm that its target goes on");
	else if (error == 0 && !is_quiet)
		message_at(at, "note", "the target was halted for %" PRIu64 " ms", t->memory.halted_us / 1000);
	if (error == -EINTR)
		return EXIT_STOPPED;
	if (error == 0)
		return goes_on ? EXIT_FINE : EXIT_DEVICE;
	if (error == -ECANCELED)
		return EXIT_INPUT;
	message_at(diag->at.file ? diag->at : at, "error", "%s", diag->text[0] ? diag->text : strerror(-error));
	return error == -EINVAL || error == -ENOENT || error == -ENOTSUP || error == -ENOMEM || error == -E2BIG ?
		       EXIT_INPUT :
		       EXIT_DEVICE;
}
