/* What the files of the screen share: screen.c takes what comes, requests.c does what somebody requests, owners.c tells
 * whose memory it is. */
#pragma once

#include "memprof/sinks/screen.h"

void screen_open(struct screen *s); /* there is something to show; once is enough */
/* Something that somebody at the screen asked for. */
void screen_say(struct screen *s, const char *words);
/* How it is followed; says NULL: by whom and how often. */
void screen_link(struct screen *s, enum tui_link link, const char *words);
bool screen_agent_talks(const struct screen *s);
/* Of looks at the board, or as its agent has it. */
uint64_t screen_interval_us(const struct screen *s);

/* As somebody requested: TIME, or that the session is over. hold: a program that runs. */
enum session_outcome screen_owners_read(struct screen *s, bool may_hold);
enum session_outcome screen_owners_mark(struct screen *s);
void screen_owners_forget(struct screen *s); /* safe twice */
