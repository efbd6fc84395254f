/* Which RAM may be read: what the ELF of the firmware writes to, the RAM of a known board, or what a GDB server calls
 * RAM. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/input/board_lookup.h"
#include "memprof/input/build_inputs.h"
#include "objects/private.h"

static int add(struct objects_ram *ram, uint64_t start, uint64_t n_bytes)
{
	if (n_bytes == 0 || ram->n_ranges == READER_RANGES_MAX)
		return -E2BIG;
	ram->ranges[ram->n_ranges++] = (struct reader_range){ start, n_bytes };
	return 0;
}

/* The interpreter's state is in .bss: what is zeroed at start goes first, what is only set aside goes last. */
static void add_sections(const struct image *image, struct objects_ram *ret)
{
	for (int rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < image->n_sections; i++) {
			const struct image_section *s = &image->sections[i];
			int its_rank = s->reserved ? 2 : s->nobits ? 0 : 1;
			if (s->alloc && s->write && !s->tls && its_rank == rank)
				add(ret, s->vma, s->size_bytes);
		}
}

static int of_elf(const char *name, struct objects_ram *ret)
{
	struct input_image elf = { 0 };
	struct diag diag = { 0 };
	int error = input_elf_read(&elf, name, 0, &diag);

	if (error == 0)
		add_sections(&elf.image, ret);
	ret->relocated = elf.image.relocated;
	ret->entry = elf.image.entry;
	ret->word_bytes = elf.image.address_bits / 8;
	if (error == 0 && ret->n_ranges == 0)
		error = diag_at(&diag, (struct place){ .file = name }, -EINVAL, "it has no section that is written to");
	if (error < 0)
		message_diag(&diag);
	input_image_deinit(&elf);
	return error;
}

/* The memories of a kind. */
static void add_memories(const struct board_file *board, enum board_memory_kind kind, struct objects_ram *ret)
{
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *m = &board->memories[i];
		if (m->kind == kind && strcmp(m->space, "cpu") == 0)
			add(ret, m->start, m->size_bytes);
	}
}

static int of_board(const char *name, struct objects_ram *ret)
{
	/* The interpreter's state is in the first of these that the board has; areas of the heap may be in all. */
	static const enum board_memory_kind kinds[] = { BOARD_SRAM, BOARD_TCM, BOARD_PSRAM, BOARD_SDRAM };
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_file *board;
	struct diag diag = { 0 };

	if (board_file_find(name, &path, &board, &diag) < 0) {
		message_diag(&diag);
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		add_memories(board, kinds[i], ret);
	board_file_free(board);
	return 0;
}

int objects_ram_read(const char *elf, const char *board, struct objects_ram *ret)
{
	*ret = (struct objects_ram){ .n_ranges = 0 };
	return elf ? of_elf(elf, ret) : board ? of_board(board, ret) : 0;
}

/* Reading peripherals has effects. ARMv6-M to v8-M have them there, and the processor's own (Architecture Reference
 * Manual, "the system address map"). */
static bool has_peripherals(const struct gdb_range *range)
{
	static const struct gdb_range peripherals[] = { { 0x40000000, 0x20000000 }, { 0xe0000000, 0x20000000 } };

	for (size_t i = 0; i < ARRAY_SIZE(peripherals); i++)
		if (range->start < peripherals[i].start + peripherals[i].n_bytes &&
		    peripherals[i].start < range->start + range->n_bytes)
			return true;
	return false;
}

void objects_ram_add(struct objects_ram *ram, const struct gdb_range *ranges, size_t n, bool is_arm)
{
	/* OpenOCD calls all that is not flash RAM, peripherals too; the gaps between flash may be small. */
	enum { LARGEST_BYTES = 32 << 20 };

	for (size_t i = 0; i < n; i++)
		if (ranges[i].n_bytes > LARGEST_BYTES)
			return;
	for (size_t i = 0; i < n; i++)
		if (!is_arm || !has_peripherals(&ranges[i]))
			add(ram, ranges[i].start, ranges[i].n_bytes);
}
