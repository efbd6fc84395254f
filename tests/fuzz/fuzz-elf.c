/* Any bytes as an ELF, alone and beside a map: what is read adds up, and the input is only read. Debug information that
 * is in another file is in the end of the input. */
#include "fuzz.h"

#include "memprof/image/call_sites.h"
#include "memprof/image/image.h"
#include "symbol-at.h"

static const char map[] =
	"Memory Configuration\n\nName Origin Length Attributes\nFLASH 0x08000000 0x10000 xr\n"
	"RAM 0x20000000 0x8000 rw\n\nLinker script and memory map\n\n.text 0x08000200 0x23a\n .text 0x08000200 0x100 a.o\n"
	" .text 0x08000300 0x13a b.o\n.data 0x20000000 0x30 load address 0x08000440\n .data 0x20000000 0x2c a.o\n"
	".bss 0x20000040 0x1cc\n .bss 0x20000040 0x1cc b.o\nOUTPUT(a.elf elf32-littlearm)\n";

static void check_sections(const struct image *image)
{
	uint64_t *left = calloc(image->n_sections + 1, sizeof(*left));

	MUST(left);
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t at = s->vma, n_bytes = 0;
		MUST(s->size_bytes <= UINT64_MAX - s->vma && s->unattributed_bytes == 0);
		MUST(i == 0 || !s->alloc || (image->sections[i - 1].alloc && image->sections[i - 1].vma <= s->vma));
		for (size_t k = s->i_piece; k < s->i_piece + s->n_pieces; k++) {
			const struct image_piece *p = &image->pieces[k];
			MUST(p->address == at && p->size_bytes && p->object < image->n_objects);
			at += p->size_bytes;
			n_bytes += p->size_bytes;
		}
		MUST(n_bytes == s->size_bytes);
		left[i] = s->size_bytes;
	}
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		MUST(i == 0 || image->symbols[i - 1].address <= s->address);
		MUST(s->object == IMAGE_NONE || s->object < image->n_objects);
		if (s->section == IMAGE_NONE)
			continue;
		MUST(s->section < image->n_sections && s->size_bytes <= left[s->section]);
		left[s->section] -= s->size_bytes;
	}
	free(left);
}

/* By address, apart from one another, and each with a path. */
static void check_sources(const struct image *image)
{
	for (size_t i = 0; i < image->n_sources; i++) {
		const struct image_source_range *r = &image->sources[i];
		MUST(r->n_bytes > 0 && r->n_bytes <= UINT64_MAX - r->start && r->file);
		MUST(i == 0 || r[-1].start + r[-1].n_bytes <= r->start);
	}
}

static void check_functions(const struct image *image)
{
	for (size_t i = 0; i < image->n_functions; i++) {
		const struct image_function *f = &image->functions[i];
		MUST(i == 0 || f[-1].address < f->address);
		MUST(f->frame_bytes == NOT_KNOWN || f->frame_bytes <= UINT32_MAX);
		MUST(f->i_call <= image->n_calls && f->n_calls <= image->n_calls - f->i_call);
	}
	for (size_t i = 0; i < image->n_calls; i++)
		MUST(image->calls[i].function == IMAGE_NONE || image->calls[i].function < image->n_functions);
}

static void check(const struct image *image)
{
	check_functions(image);
	check_sections(image);
	check_sources(image);
	for (size_t i = 0; i < image->n_objects; i++)
		MUST(image->objects[i].path && image->objects[i].key);
	for (size_t i = 1; i < image->n_frozen; i++)
		MUST(image->frozen[i - 1].size_bytes >= image->frozen[i].size_bytes);
	for (size_t i = 0; i < image->n_frozen; i++)
		MUST(image->frozen[i].name[0] || !image->frozen[i].source);
	for (size_t i = 0; i < image->n_values; i++)
		image_symbol_at(image, image->values[i].value);
}

static void join(const struct image *elf)
{
	struct image image;

	MUST(image_read(&image, "fuzz.map", map, sizeof(map) - 1, IMAGE_WANT_SYMBOLS, NULL) == 0);
	MUST(image_join(&image, elf) >= 0);
	for (size_t i = 0; i < image.n_sections; i++)
		MUST(image.sections[i].unattributed_bytes == 0);
	image_deinit(&image);
}

/* The functions at some addresses of it. */
static void name_addresses(const struct image *image, const char *bytes, size_t n_bytes)
{
	struct call_sites *sites;

	MUST(call_sites_new(image, bytes, n_bytes, &sites) == 0);
	for (size_t i = 0; i < image->n_symbols; i += 1 + image->n_symbols / 16) {
		uint64_t address = image->symbols[i].address + image->symbols[i].size_bytes / 2;
		const struct call_site *site = call_sites_find(sites, address, i % 2);
		MUST(!site || (site->n_frames > 0 && site->n_frames <= CALL_FRAMES_MAX));
		for (size_t k = 0; site && k < site->n_frames; k++)
			MUST(site->frames[k].function[0] && (!site->frames[k].file || site->frames[k].line));
		MUST(call_sites_find(sites, address, i % 2) == site);
	}
	call_sites_free(sites);
}

static char *copy_of(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + !size); /* aligned, as a blob is */

	MUST(bytes);
	memcpy(bytes, data, size);
	return bytes;
}

FUZZ(data, size)
{
	struct diag diag = { .text = "" };
	struct image image;
	unsigned want = 0;

	if (size && data[0] != 0x7f) { /* the way to read it, before the ELF */
		want = *data++ % 16;
		size--;
	}
	if (want & (IMAGE_WANT_LINES | IMAGE_WANT_SOURCES))
		want |= IMAGE_WANT_SYMBOLS;
	char *bytes = copy_of(data, size);
	image_init(&image, "fuzz.elf");
	int r = image_elf.read(&image, bytes, size, want, &diag);
	if (r == 0)
		r = image_resolve(&image, &diag);
	MUST(r <= 0 && (r == 0 || diag.text[0]));
	if (r == 0) {
		check(&image);
		name_addresses(&image, bytes, size);
		join(&image);
	}
	MUST(memcmp(bytes, data, size) == 0);
	image_deinit(&image);
	free(bytes);
}
