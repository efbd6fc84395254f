/* Files beside an ELF with a part of its debug information, those of split DWARF. src/input/debug_files.c finds them. */
#include <stdlib.h>

#include "elf/dwarf.h"

struct elf_debug_file {
	const struct image_debug_files *files;
	struct image image; /* for its arena; its notes are not shown */
	struct diag diag;
	struct elf_file file;
	struct elf_dwarf dwarf;
};

static bool open_file(struct elf_debug_file *d)
{
	struct elf_file *f = &d->file;

	f->elf = elf_memory((char *)(uintptr_t)f->bytes, f->n_bytes);
	return f->elf && elf_kind(f->elf) == ELF_K_ELF && gelf_getehdr(f->elf, &f->header) &&
	       elf_sections_read(f) == 0 && elf_dwarf_open(f, &d->dwarf) == 0 && d->dwarf.dwarf;
}

bool elf_debug_file_open(const struct image_debug_files *files, const char *folder, const char *name, unsigned i,
			 struct elf_debug_file **ret)
{
	const char *bytes = NULL;
	size_t n_bytes = 0;

	*ret = NULL;
	if (!files || !files->open(files->ctx, folder, name, i, &bytes, &n_bytes))
		return false;
	struct elf_debug_file *d = bytes ? calloc(1, sizeof(*d)) : NULL;
	if (!d) {
		files->close(files->ctx, bytes);
		return true;
	}
	d->files = files;
	image_init(&d->image, "");
	d->file = (struct elf_file){ .image = &d->image, .diag = &d->diag, .bytes = bytes, .n_bytes = n_bytes };
	if (open_file(d))
		*ret = d;
	else
		elf_debug_file_close(d);
	return true;
}

void elf_debug_file_close(struct elf_debug_file *d)
{
	if (!d)
		return;
	elf_dwarf_close(&d->dwarf);
	elf_end(d->file.elf);
	image_deinit(&d->image);
	d->files->close(d->files->ctx, d->file.bytes);
	free(d);
}

struct elf_dwarf *elf_debug_file_dwarf(struct elf_debug_file *d) { return &d->dwarf; }

size_t elf_debug_file_bytes(const struct elf_debug_file *d) { return d->file.n_bytes; }
