/* A clock that is wrong: loaded before a program's other libraries (LD_PRELOAD), it adds to the time of day as many
 * nanoseconds as stand in the file that STAGEDOOR_TEST_CLOCK names. The file is mapped, so the clock can be stepped while
 * the program runs. How fast time passes (CLOCK_MONOTONIC) is left alone, as by a step of a real clock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long *ahead;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void find_clock(void) {
	const char *name = getenv("STAGEDOOR_TEST_CLOCK");
	real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0) return;
	void *at = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
	if (at != MAP_FAILED) ahead = at;
	close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
	if (!real_clock_gettime) find_clock();
	int failed = real_clock_gettime(clock, now);
	if (failed || !ahead || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
	long long wrong = (long long)now->tv_sec * 1000000000 + now->tv_nsec + *ahead;
	now->tv_sec = wrong / 1000000000;
	now->tv_nsec = wrong % 1000000000;
	return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
	struct timespec precise;
	(void)zone;
	int failed = clock_gettime(CLOCK_REALTIME, &precise);
	if (!failed) {
		now->tv_sec = precise.tv_sec;
		now->tv_usec = precise.tv_nsec / 1000;
	}
	return failed;
}

time_t time(time_t *at) {
	struct timespec precise;
	if (clock_gettime(CLOCK_REALTIME, &precise)) return (time_t)-1;
	if (at) *at = precise.tv_sec;
	return precise.tv_sec;
}
