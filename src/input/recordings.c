#include "recordings.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/input_fd.h"
#include "memprof/store/recording.h"

/* Never run: its name is the format of what is read. */
static const struct decoder decoder_recording = { .name = "recording", .summary = "a recording of memprof's" };

bool recording_log_is(const uint8_t *head, size_t n)
{
	bool is_ours;

	return recording_is(head, n, &is_ours);
}

static void skip(struct log_reader *r, uint64_t n_snapshots)
{
	if (r->on_skipped && n_snapshots > 0)
		r->on_skipped(r->ctx, n_snapshots);
}

int recording_log(struct log_reader *r, const char *path, const char *choice, struct diag *diag)
{
	const struct recording_handler handler = { r->on_event, r->options.on_text, r->ctx, r->options.ctx };
	struct recording *recording;
	struct board_info board;
	int error = recording_open(path, &recording, diag);

	if (error < 0)
		return error;
	r->decoder = &decoder_recording;
	r->n_bytes = recording_bytes(recording);
	error = recording_choose(recording, choice, diag);
	if (error == 0 && r->on_board && recording_board_of(recording, &board))
		r->on_board(r->ctx, &board);
	const struct recording_moment *moment = recording_moment(recording);
	const char *const notes[] = { moment->note, recording_is_left(recording) ? recording_left_note : "" };
	r->n_notes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
		if (notes[i][0])
			text_copy(r->notes[r->n_notes++], sizeof(r->notes[0]), notes[i], strlen(notes[i]));
	skip(r, moment->n_before);
	if (error == 0)
		error = recording_read(recording, &handler, diag);
	skip(r, moment->n_after);
	r->n_bare = recording_n_bare(recording);
	recording_close(recording);
	return error;
}

int recording_log_file(const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag)
{
	return recording_kept(path, mark, ret_bytes, ret_n_bytes, diag);
}

static bool has_samples(const struct recording *r, size_t i) { return recording_source(r, i)->n_samples > 0; }

size_t log_boards(const char *name, struct strbuf *out)
{
	struct recording *recording = NULL;
	struct diag diag = { 0 };
	size_t n = 0;

	if (input_is_file(name))
		recording_open(name, &recording, &diag);
	size_t n_sources = recording ? recording_n_sources(recording) : 0;
	for (size_t i = 0; i < n_sources; i++)
		n += has_samples(recording, i);
	for (size_t i = 0; n > 1 && i < n_sources; i++)
		if (has_samples(recording, i)) {
			strbuf_printf(out, "%s@%s", name, recording_source(recording, i)->name);
			strbuf_putc(out, '\0');
		}
	recording_close(recording);
	if (n <= 1)
		strbuf_add(out, name, strlen(name) + 1);
	return MAX(n, (size_t)1);
}
