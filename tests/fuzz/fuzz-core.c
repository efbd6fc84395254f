/* Any bytes as a core file, and as its program: all memory lies in the file, what may be written to is in order. */
#include "fuzz.h"
#include "memprof/image/core.h"

FUZZ(data, size)
{
	struct core core;
	struct diag diag = { .text = "" };
	int r = core_read(&core, (const char *)data, size, &diag);

	MUST(r == 0 || r == -ENOMEM || diag.text[0]);
	MUST(r < 0 || core.n_writable > 0);
	MUST(core.n_registers <= CORE_REGISTERS_MAX);
	if (r == 0) {
		r = core_add_program(&core, (const char *)data, size, &diag); /* which it is not */
		MUST(r == -EINVAL);
	}
	memory_finalize(&core.memory);
	for (size_t i = 0; i < core.n_writable; i++) {
		const struct core_range *range = &core.writable[i];
		uint8_t bytes[16];
		MUST(range->n_bytes > 0 && range->start <= UINT64_MAX - range->n_bytes);
		MUST(i == 0 || range->start - core.writable[i - 1].start > core.writable[i - 1].n_bytes);
		MUST(memory_read(&core.memory, range->start, bytes, sizeof(bytes)) > 0);
	}
	core_deinit(&core);
}
