/* A profile of a program that runs already, and goes on. */
#include <errno.h>

#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/input/build_inputs.h"
#include "memprof/io/source.h"
#include "memprof/run/sites.h"
#include "sites/private.h"

/* 0; -EINVAL after a message. */
static int find_functions(const char *name, struct target_functions *ret)
{
	struct input_image elf = { 0 };
	struct diag diag = { 0 };
	int error = input_elf_read(&elf, name, IMAGE_WANT_SYMBOLS, &diag);

	if (error == 0)
		error = target_functions_find(&elf.image, elf.blob.bytes, name, ret, &diag);
	if (error < 0)
		message_diag(&diag);
	input_image_deinit(&elf);
	return error < 0 ? -EINVAL : 0;
}

int sites_attach_target(const char *uri, const struct sites_args *args, struct sites *ret, bool *ret_is_there)
{
	struct target_functions functions;
	struct sites_target wanted = { .for_us = args->for_us, .functions = &functions };
	struct gdb_target target = { .uri = uri };
	struct diag diag = { 0 };
	struct gdb_ram ram;
	int error = gdb_ram_read(args->elf, args->of_board, &ram, &diag);

	if (error < 0 || (ret->unit == SITES_BYTES && find_functions(args->elf, &functions) < 0))
		return error < 0 ? load_exit(error, &diag) : EXIT_INPUT;
	if (wanted.for_us == NOT_KNOWN && !args->output.quiet)
		message_at((struct place){ .file = uri }, "note", "samples are taken until Ctrl-C");
	error = gdb_target_open(&target, uri, &ram, &message_notices);
	if (error == 0)
		error = sites_of_target(&target, &wanted, ret, ret_is_there);
	int code = load_exit(gdb_target_close(&target, error, args->output.quiet, &diag), &diag);
	return code == EXIT_STOPPED ? EXIT_FINE : code;
}

int sites_attach_agent(const char *source, const struct sites_args *args, struct sites *ret, bool *ret_is_there)
{
	struct sites_attach wanted = {
		.mark = args->alive_at, .step_bytes = ret->step_bytes, .for_us = args->for_us, .sites = ret
	};

	if (source_kind_of(source) == &source_sim) {
		message_error(
			"the simulated board runs no Python, so there are no lines that allocate; sites --attach"
			" needs a board");
		return EXIT_DEVICE;
	}
	int code = live_config(&args->board, source, &wanted.board);
	return code != EXIT_FINE ? code : script_exit(sites_attach(&wanted, ret_is_there));
}
