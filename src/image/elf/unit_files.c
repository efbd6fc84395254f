#include "elf/unit_files.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "memprof/base/strbuf.h"

#define NO_TABLE UINT32_MAX

void unit_files_init(struct unit_files *u, struct elf_dwarf *d)
{
	*u = (struct unit_files){ .image = d->file->image };
	u->texts.arena = &u->image->arena;
	u->places.arena = &u->arena;
}

void unit_files_deinit(struct unit_files *u)
{
	names_deinit(&u->texts);
	names_deinit(&u->places);
	line_table_deinit(&u->scratch);
	vec_deinit(u, tables);
	arena_deinit(&u->arena);
}

/* ---- tables ---- */

static int fill(struct unit_files *u, struct unit_table *t, const char *compiled_in)
{
	const struct line_table *from = &u->scratch;

	t->files = arena_zeroed(&u->arena, from->n_files + 1, sizeof(*t->files));
	if (!t->files)
		return -ENOMEM;
	t->n_files = (uint32_t)from->n_files;
	for (uint32_t i = 0; i < t->n_files; i++)
		t->files[i] = (struct unit_file){ .parts = from->files[i], .compiled_in = compiled_in };
	t->version = from->version;
	return 0;
}

/* The number of a table, which is read if it is new. Of one that is damaged there are no files. */
static uint32_t table_at(struct unit_files *u, struct elf_dwarf *d, uint64_t offset, uint8_t address_bytes,
			 const char *compiled_in)
{
	uint32_t i = names_add(&u->places, (const char *)&offset, sizeof(offset));
	struct unit_table table = { .offset = offset, .address_bytes = address_bytes };

	if (i == NAMES_NONE || i < u->n_tables)
		return i;
	int r = line_table_read(&u->scratch, &d->line_sections, offset, address_bytes);
	if (r == 0)
		r = line_table_read_files(&u->scratch, d->names_left);
	d->names_left -= MIN(d->names_left, u->scratch.n_files + u->scratch.n_folders);
	if (r == 0)
		r = fill(u, &table, compiled_in);
	u->is_cut |= r == -E2BIG;
	if (r == -ENOMEM || vec_push(u, tables, table) < 0)
		u->error = -ENOMEM;
	return u->error ? NO_TABLE : i;
}

static uint32_t table_of(struct unit_files *u, struct elf_dwarf *d, Dwarf_Die *root)
{
	Dwarf_Attribute a;
	Dwarf_Word offset = 0;
	uint8_t address_bytes;

	if (dwarf_cu_info(root->cu, NULL, NULL, NULL, NULL, NULL, &address_bytes, NULL) != 0 ||
	    dwarf_formudata(dwarf_attr(root, DW_AT_stmt_list, &a), &offset) != 0)
		return NO_TABLE;
	return table_at(u, d, offset, address_bytes, elf_text_attribute(root, DW_AT_comp_dir));
}

/* root: of the unit, or of another that it refers to. */
static const struct unit_table *find_table(struct unit_files *u, struct elf_unit *unit, Dwarf_Die *root)
{
	size_t slot = ((uintptr_t)root->cu >> 4) % KNOWN_UNITS;

	if (u->known[slot].cu != root->cu) {
		u->known[slot].i_table = table_of(u, unit->dwarf, root);
		u->known[slot].cu = root->cu;
	}
	uint32_t i = u->known[slot].i_table;
	return i < u->n_tables ? &u->tables[i] : NULL;
}

const struct unit_table *unit_files_table(struct unit_files *u, struct elf_unit *unit)
{
	return find_table(u, unit, &unit->root);
}

/* ---- files ---- */

struct unit_file *unit_files_primary(struct unit_files *u, struct elf_unit *unit)
{
	const struct unit_table *table = unit_files_table(u, unit);
	uint32_t number = table && table->version < 5 ? 1 : 0;

	return table && number < table->n_files ? &table->files[number] : NULL;
}

struct unit_file *unit_files_declared(struct unit_files *u, struct elf_unit *unit, Dwarf_Die *die)
{
	Dwarf_Attribute a;
	Dwarf_Word number;
	Dwarf_Die root;

	if (dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_file, &a), &number) != 0 ||
	    !dwarf_cu_die(a.cu, &root, NULL, NULL, NULL, NULL, NULL, NULL))
		return NULL;
	const struct unit_table *table = find_table(u, unit, &root);
	return table && number < table->n_files ? &table->files[number] : NULL;
}

bool path_is_of_windows(const char *path) { return *path == '\\' || (*path && path[1] == ':'); }

bool path_is_absolute(const char *path) { return *path == '/' || path_is_of_windows(path); }

/* Before DWARF 5 the first folder has no name: it is where the unit was compiled. */
static const char *make_text(struct unit_files *u, const struct unit_file *file)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *name = file->parts.name, *folder = file->parts.folder ? file->parts.folder : file->compiled_in;

	if (!name || !*name || strlen(name) > PATH_MAX_BYTES || (folder && strlen(folder) > PATH_MAX_BYTES))
		return "";
	if (folder && !path_is_absolute(name))
		strbuf_printf(&text, "%s/", folder);
	strbuf_puts(&text, name);
	uint32_t i = strbuf_error(&text) ? NAMES_NONE : names_add(&u->texts, strbuf_text(&text), text.n_bytes);
	if (i == NAMES_NONE) {
		u->error = -ENOMEM;
		return "";
	}
	return names_text(&u->texts, i);
}

const char *unit_files_text(struct unit_files *u, struct unit_file *file)
{
	if (!file->text)
		file->text = make_text(u, file);
	return *file->text ? file->text : NULL;
}
