/* --elf: names the callers that a board reports by the ELF of its firmware. */
#pragma once

#include "memprof/capture/sink.h"
#include "memprof/cli/options.h"
#include "memprof/input/build_inputs.h"

/* --elf, in every command that shows the events of a board. */
#define OPTION_ELF(args)                                                                                        \
	{                                                                                                       \
		0, "elf", "FILE", "ELF of the firmware: names callers by function and line", AS_FILE(args, elf) \
	}

struct call_sites;

/* All-zero: without an ELF, addresses stay numbers. */
struct callers {
	struct input_image elf;
	struct call_sites *sites;
	bool is_other_build; /* the board's firmware has another build id: a warning was printed */
};

/* elf NULL: no callers have names. 0, or -EINVAL after a message. */
int callers_open(struct callers *callers, const char *elf);
/* What has their names must not be used any more. Safe twice, and on all-zero. */
void callers_close(struct callers *callers);

/* Sets the sites of events; checks the build id of a HELLO. */
struct sink callers_sink(struct callers *callers);
