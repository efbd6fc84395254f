#include "memprof/protocol/decoder.h"

const struct decoder *const decoders[] = { &decoder_mem_info, &decoder_mpm_log, &decoder_stream, &decoder_agent, NULL };

const struct decoder *decoder_for(const uint8_t *head, size_t n)
{
	const struct decoder *best = NULL;
	int sure = 0;

	for (size_t i = 0; decoders[i]; i++) {
		int r = decoders[i]->probe(head, n);
		if (r > sure) {
			sure = r;
			best = decoders[i];
		}
	}
	return best;
}
