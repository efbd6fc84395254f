/* Shared by the files of the agent's link. */
#pragma once

#include "agent/frame_finder.h"
#include "agent/order.h"
#include "agent/pools.h"
#include "agent/tasks.h"
#include "memprof/protocol/agent_link.h"

#define AGENT_FORMAT "agent" /* format of its snapshots (event.h), name of its decoder */

/* Events of one frame, at most: losses, a reset, losses of the new session, the loss of an open snapshot, its own. */
enum { AGENT_QUEUE_MAX = 8 };

/* ---- requests.c: frames in an outbox ---- */

enum { AGENT_OUTBOX_BYTES = 512 };
struct agent_requests {
	uint8_t session;
	uint16_t sequence;
	uint8_t outbox[AGENT_OUTBOX_BYTES];
	size_t n_outbox;
};

void agent_requests_sent(struct agent_requests *r, size_t n_bytes);

/* Requests the unknown rows of a table, as many runs of them as fit. */
int agent_requests_rows(struct agent_requests *r, const struct crc32 *crc, uint8_t pool, const struct agent_table *t);

/* ---- the link ---- */

struct agent_clock {
	bool known;
	bool new_session; /* no time of the session known yet */
	uint32_t last_ms;
	uint64_t at_us; /* since the first time of any session; NOT_KNOWN */
	bool is_paired; /* the next three: a time of this clock and of the host's, and the end of the first second */
	uint64_t paired_at_us, paired_now_us, burst_until_us;
};

struct agent_losses {
	uint64_t n_frames, n_missing, n_snapshots, n_abandoned;
};

struct agent_link {
	struct agent_lookup lookup;
	struct frame_finder finder;
	struct agent_order order;
	struct agent_pools pools;
	struct agent_tasks tasks;
	struct agent_requests requests;
	struct agent_clock clock;
	struct agent_link_counts counts;
	bool can_send, heard, has_figures, failed;
	bool hello_requested; /* since the last HELLO */
	bool has_hello;
	struct event_hello hello;
	bool sends_snapshots;  /* and not only figures */
	bool takes_requests;   /* as a BEGIN reported */
	unsigned n_unanswered; /* requests since the last frame */
	bool from_start;       /* the first frame of this session was received */
	bool lost_since_hello, by_threshold;
	bool has_last_words;             /* reported in this session: they come with every HELLO */
	bool counts_known;               /* the next two */
	uint64_t n_abandoned, n_skipped; /* in the last END */
	struct agent_losses pending;     /* not reported yet */
	struct agent_losses since_snapshot;
	uint64_t now_us, deadline_us;
	struct heap heap; /* of the snapshot in the queue */
	struct event queue[AGENT_QUEUE_MAX];
	size_t i_queue, n_queue;
	struct event_site_frame site_frames[WIRE_SITE_FRAMES_MAX]; /* of the event in the queue */
	unsigned n_reads;                                          /* MEMORYs that were asked for and have not come */
	struct {
		bool set;
		uint64_t address;
		const uint8_t *bytes;
		size_t n_bytes;
	} memory;
	bool is_held; /* was reported, and not handed out */
	struct agent_held held;
};

/* requests.c: whether the board takes requests and the link can send them. */
bool agent_link_takes_requests(const struct agent_link *link);

/* queue.c: events in order; pending losses go first. */
void agent_link_push(struct agent_link *link, const struct event *event);
void agent_link_push_losses(struct agent_link *link);
void agent_link_set_time(struct agent_link *link, uint64_t at_ms);

/* frames.c. body: a valid frame from type to payload, borrowed until the next one. */
void agent_link_read_frame(struct agent_link *link, const uint8_t *body, size_t n_body, size_t n_wire_bytes);

void agent_link_drop_snapshots(struct agent_link *link); /* open ones are lost */
/* The figures that are known become a snapshot without tables; those of a round, once it ends. 0 or -ENOMEM. */
int agent_link_push_figures(struct agent_link *link);
int agent_link_end_round(struct agent_link *link);

/* events.c: the payload of an EVENT. 0 or -EBADMSG. */
int agent_link_read_event(struct agent_link *link, struct agent_fields *f);
/* sites.c: the payloads of SITE, SITE_GONE, SITES and NAME. 0 or -EBADMSG. */
int agent_link_read_site(struct agent_link *link, struct agent_fields *f);
int agent_link_read_site_gone(struct agent_link *link, struct agent_fields *f);
int agent_link_read_sites(struct agent_link *link, struct agent_fields *f);
int agent_link_read_name(struct agent_link *link, struct agent_fields *f);
/* The payload of a HELLO. 0 or -EBADMSG. With another major version of the wire, only the version is read and refused
 * is set. */
int agent_hello_read(struct agent_fields *f, struct event_hello *ret);
