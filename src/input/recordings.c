#include "recordings.h"

#include "memprof/store/recording.h"

/* Never run: its name is the format of what is read. */
static const struct decoder decoder_recording = { .name = "recording", .summary = "a recording of memprof's" };

bool recording_log_is(const uint8_t *head, size_t n)
{
	bool is_ours;

	return recording_is(head, n, &is_ours);
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
	if (error == 0)
		error = recording_read(recording, &handler, diag);
	r->n_bare = recording_n_bare(recording);
	recording_close(recording);
	return error;
}
