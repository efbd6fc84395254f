#include "elf_truth.h"

#include "sample.h"
#include "unit.h"

/* ---- sums ---- */

static uint64_t pieces_bytes(const struct image *image, const struct image_section *s)
{
	uint64_t at = s->vma;

	for (size_t i = s->i_piece; i < s->i_piece + s->n_pieces; i++) {
		assert_u64_equal(image->pieces[i].address, at);
		at += image->pieces[i].size_bytes;
	}
	return at - s->vma;
}

void elf_truth_sums(const struct image *image)
{
	uint64_t sections_bytes = 0, objects_bytes = 0;
	uint64_t *left = calloc(image->n_sections + 1, sizeof(*left));

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		assert_u64_equal(pieces_bytes(image, s), s->size_bytes);
		assert_u64_equal(s->unattributed_bytes, 0);
		sections_bytes += s->alloc && !s->reserved && !s->placeholder ? s->size_bytes : 0;
		left[i] = s->size_bytes;
	}
	for (size_t i = 0; i < image->n_objects; i++)
		objects_bytes += image->objects[i].size_bytes;
	assert_u64_equal(objects_bytes, sections_bytes);
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (s->section == IMAGE_NONE)
			continue;
		assert_true(s->size_bytes <= left[s->section]);
		left[s->section] -= s->size_bytes;
	}
	free(left);
}

/* ---- lines ---- */

enum { LINE_MAX_BYTES = 400 };

/* Copies the next line, cut if it is longer; sscanf on all the text would measure it each time. */
static bool next_line(const char **text, char ret[LINE_MAX_BYTES])
{
	size_t n = strcspn(*text, "\n");

	if (!**text)
		return false;
	snprintf(ret, LINE_MAX_BYTES, "%.*s", (int)n, *text);
	*text += n + ((*text)[n] == '\n');
	return true;
}

/* ---- sections ---- */

void elf_truth_sections(const struct image *image, const char *text)
{
	char line[LINE_MAX_BYTES];
	size_t n = 0;

	while (next_line(&text, line)) {
		char name[200];
		unsigned long long size_bytes, address;
		bool found = false;
		if (sscanf(line, "%199s %llu %llu", name, &size_bytes, &address) != 3 || !size_bytes)
			continue;
		for (size_t i = 0; i < image->n_sections && !found; i++) {
			const struct image_section *s = &image->sections[i];
			found = strcmp(s->name, name) == 0 && s->size_bytes == size_bytes && s->vma == address;
		}
		if (!found)
			fail_msg("%s: no section %s of %llu bytes", image->name, name, size_bytes);
		n++;
	}
	assert_int_equal(n, image->n_sections);
}

/* ---- symbols ---- */

struct row {
	uint64_t address, size_bytes;
	char name[200];
};

static size_t read_rows(const char *text, struct row **ret)
{
	struct row *rows = NULL;
	char line[LINE_MAX_BYTES];
	size_t n = 0, n_room = 0;

	while (next_line(&text, line)) {
		unsigned long long address, size_bytes;
		char kind;
		if (n == n_room) {
			n_room = 2 * n_room + 64;
			rows = realloc(rows, n_room * sizeof(*rows));
			assert_non_null(rows);
		}
		if (sscanf(line, "%llx %llx %c %199s", &address, &size_bytes, &kind, rows[n].name) != 4)
			continue;
		rows[n].address = address;
		rows[n++].size_bytes = size_bytes;
	}
	*ret = rows;
	return n;
}

static int by_address(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Of all symbols at an address that of a name. */
static const struct image_symbol *symbol_named(const struct image *image, uint64_t address, const char *name)
{
	size_t low = 0, high = image->n_symbols, n = strlen(name);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (image->symbols[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < image->n_symbols && image->symbols[low].address == address; low++) {
		const struct image_symbol *symbol = &image->symbols[low];
		const struct image_slice *s = symbol->linkage.n_bytes ? &symbol->linkage : &symbol->name;
		if (s->n_bytes == n && memcmp(s->text, name, n) == 0)
			return &image->symbols[low];
	}
	return NULL;
}

static bool overlaps(const struct row *x, const struct row *y)
{
	return x->address < y->address + y->size_bytes && y->address < x->address + x->size_bytes;
}

void elf_truth_symbols(const struct image *image, const char *text)
{
	struct row *rows;
	size_t n = read_rows(text, &rows);
	uint64_t union_bytes = 0, covered_to = 0, own_bytes = 0;

	assert_true(n > 0);
	qsort(rows, n, sizeof(*rows), by_address);
	for (size_t i = 0; i < n; i++) {
		const struct image_symbol *s = symbol_named(image, rows[i].address, rows[i].name);
		if (!s)
			fail_msg("%s: no symbol %s at 0x%llx", image->name, rows[i].name,
				 (unsigned long long)rows[i].address);
		bool alone = (i == 0 || covered_to <= rows[i].address) &&
			     (i + 1 == n || !overlaps(&rows[i], &rows[i + 1]));
		if (alone && s->size_bytes != rows[i].size_bytes)
			fail_msg("%s: %s has %llu bytes, not %llu", image->name, rows[i].name,
				 (unsigned long long)rows[i].size_bytes, (unsigned long long)s->size_bytes);
		assert_true(s->size_bytes <= rows[i].size_bytes && !s->estimated);
		uint64_t end = rows[i].address + rows[i].size_bytes, from = MAX(covered_to, rows[i].address);
		union_bytes += end > from ? end - from : 0;
		covered_to = MAX(covered_to, end);
	}
	for (size_t i = 0; i < image->n_symbols; i++)
		own_bytes += image->symbols[i].estimated ? 0 : image->symbols[i].size_bytes;
	assert_u64_equal(own_bytes, union_bytes);
	free(rows);
}

/* ---- all of it ---- */

static void read_text(const char *name, const char *ending, struct sample *ret)
{
	char path[200];

	snprintf(path, sizeof(path), "%s%s", name, ending);
	sample_read(path, ret);
	ret->bytes[ret->n_bytes] = '\0'; /* sample_read has room for it */
}

void elf_truth_of(const char *name)
{
	struct sample elf, sizes, symbols;
	struct image image;
	struct diag diag;

	read_text(name, ".elf", &elf);
	read_text(name, ".size.txt", &sizes);
	read_text(name, ".nm.txt", &symbols);
	if (image_read(&image, name, (const char *)elf.bytes, elf.n_bytes, IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s: %s", name, diag.text);
	elf_truth_sums(&image);
	elf_truth_sections(&image, (const char *)sizes.bytes);
	elf_truth_symbols(&image, (const char *)symbols.bytes);
	image_deinit(&image);
	sample_free(&elf);
	sample_free(&sizes);
	sample_free(&symbols);
}
