/* Which RAM may be read: what the ELF of the firmware writes to, or the RAM of a known board. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/image/image.h"
#include "memprof/input/board_lookup.h"
#include "memprof/input/build_inputs.h"
#include "memprof/intake/gdb_target.h"

/* The interpreter's state is in .bss: what is zeroed at start goes first, what is only set aside goes last. */
static void add_sections(const struct image *image, struct gdb_ram *ret)
{
	for (int rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < image->n_sections; i++) {
			const struct image_section *s = &image->sections[i];
			int its_rank = s->reserved ? 2 : s->nobits ? 0 : 1;
			if (s->alloc && s->write && !s->tls && its_rank == rank)
				gdb_ram_add(ret, s->vma, s->size_bytes);
		}
}

static int of_elf(const struct image *elf, struct gdb_ram *ret, struct diag *diag)
{
	add_sections(elf, ret);
	ret->relocated = elf->relocated;
	ret->entry = elf->entry;
	ret->word_bytes = elf->address_bits / 8;
	if (ret->n_ranges == 0)
		return diag_at(diag, (struct place){ .file = elf->name }, -EINVAL,
			       "it has no section that is written to");
	return 0;
}

/* The memories of a kind. */
static void add_memories(const struct board_file *board, enum board_memory_kind kind, struct gdb_ram *ret)
{
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *m = &board->memories[i];
		if (m->kind == kind && strcmp(m->space, "cpu") == 0)
			gdb_ram_add(ret, m->start, m->size_bytes);
	}
}

static int of_board(const char *name, struct gdb_ram *ret, struct diag *diag)
{
	/* The interpreter's state is in the first of these that the board has; areas of the heap may be in all. */
	static const enum board_memory_kind kinds[] = { BOARD_SRAM, BOARD_TCM, BOARD_PSRAM, BOARD_SDRAM };
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_file *board;
	int error = board_file_find(name, &path, &board, diag);

	if (error < 0)
		return error;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		add_memories(board, kinds[i], ret);
	board_file_free(board);
	return 0;
}

int gdb_ram_read(const struct image *elf, const char *board, struct gdb_ram *ret, struct diag *diag)
{
	*ret = (struct gdb_ram){ .n_ranges = 0 };
	return elf ? of_elf(elf, ret, diag) : board ? of_board(board, ret, diag) : 0;
}
