/* The API's side of a benchmark: as cheap as can be, so that what is measured is the client.

   POST .../token   a token                        GET    an empty list
   POST             201 and an offer with an id of its own; with a limit, 429 above it

   usage: server PORTFILE [LOGFILE PER_SECOND RETRY_AFTER]
   LOGFILE gets one line per POST: seconds (as the kernel received it), status. With PER_SECOND
   (0: no limit), no second ever has more 201; with RETRY_AFTER (0: none), a 429 asks to wait so
   many seconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROOM 262144
#define MOST_PER_SECOND 4096

struct peer { int fd; size_t have; char bytes[ROOM]; };

static unsigned long made;
static int per_second, retry_after;
static double accepted[MOST_PER_SECOND];
static unsigned long accepted_count;
static FILE *log_file;

/* Read, and tell when the kernel received it: a server that had to wait for its turn is no burst. */
static ssize_t receive(int fd, char *room, size_t size, double *at) {
  char control[CMSG_SPACE(sizeof(struct timespec))];
  struct iovec part = {.iov_base = room, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = sizeof control};
  struct timespec when;
  clock_gettime(CLOCK_REALTIME, &when);
  ssize_t got = recvmsg(fd, &message, 0);
  struct cmsghdr *extra = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (extra && extra->cmsg_level == SOL_SOCKET && extra->cmsg_type == SCM_TIMESTAMPNS)
    memcpy(&when, CMSG_DATA(extra), sizeof when);
  *at = when.tv_sec + when.tv_nsec / 1e9;
  return got;
}

static int takes_one_more(double at) {
  if (!per_second) return 1;
  if (accepted_count >= (unsigned long)per_second
      && at - accepted[accepted_count % per_second] < 1.0) return 0;
  accepted[accepted_count++ % per_second] = at;
  return 1;
}

static int reply_to(const char *head, double at, char *out) {
  const char *body = "{\"results\":[],\"count\":0,\"total\":0}";
  const char *status = "200 OK";
  char offer[256], more[64] = "";
  if (!strncmp(head, "POST", 4)) {
    const char *line_end = strstr(head, "\r\n");
    const char *token = strstr(head, "token");
    if (token && token < line_end) {
      body = "{\"access_token\":\"token-of-the-bench\",\"token_type\":\"bearer\",\"expires_in\":86399}";
    } else {
      int taken = takes_one_more(at);
      if (taken) {
        snprintf(offer, sizeof offer,
                 "{\"etag\":1,\"id\":\"dps:fallback-offer:%016lx\",\"status\":\"draft\","
                 "\"created\":\"2026-01-01T00:00:00.000+00:00\"}", ++made);
        body = offer;
        status = "201 Created";
      } else {
        body = "{\"title\":\"Too many requests\",\"status\":429}";
        status = "429 Too Many Requests";
        if (retry_after) sprintf(more, "Retry-After: %d\r\n", retry_after);
      }
      if (log_file) fprintf(log_file, "%.6f %d\n", at, taken ? 201 : 429);
    }
  }
  return sprintf(out, "HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
                 status, more, strlen(body), body);
}

/* Answer every whole request in the buffer; -1 where the peer is to be given up. */
static int serve(struct peer *peer, double at) {
  char out[1024];
  for (;;) {
    peer->bytes[peer->have] = 0;
    char *end = memmem(peer->bytes, peer->have, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = end + 4 - peer->bytes, body = 0;
    char *length = strcasestr(peer->bytes, "content-length:");
    if (length && length < end) body = strtoul(length + 15, NULL, 10);
    if (head + body >= ROOM) return -1;
    char *expect = strcasestr(peer->bytes, "expect: 100");
    if (expect && expect < end && peer->have == head)
      if (write(peer->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) < 0) return -1;
    if (peer->have < head + body) return 0;
    int size = reply_to(peer->bytes, at, out);
    if (write(peer->fd, out, size) != size) return -1;
    peer->have -= head + body;
    memmove(peer->bytes, peer->bytes + head + body, peer->have);
  }
}

static void say_port(int listener, const char *path) {
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  getsockname(listener, (struct sockaddr *)&at, &size);
  char part[4096];
  snprintf(part, sizeof part, "%s.part", path);
  FILE *file = fopen(part, "w");
  if (!file) exit(1);
  fprintf(file, "%d\n", ntohs(at.sin_port));
  fclose(file);
  if (rename(part, path)) exit(1);
}

int main(int count, char **words) {
  if (count < 2) return 2;
  if (count > 4) {
    per_second = atoi(words[3]);
    retry_after = atoi(words[4]);
    if (per_second >= MOST_PER_SECOND) return 2;
    log_file = fopen(words[2], "w");
    if (!log_file) return 1;
    setlinebuf(log_file);
  }
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1024)) return 1;
  say_port(listener, words[1]);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[256];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int found = epoll_wait(poll, ready, 256, -1);
    for (int i = 0; i < found; i++) {
      struct peer *peer = ready[i].data.ptr;
      if (!peer) {
        peer = calloc(1, sizeof *peer);
        peer->fd = accept(listener, NULL, NULL);
        if (peer->fd < 0) { free(peer); continue; }
        setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(peer->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
        event.data.ptr = peer;
        epoll_ctl(poll, EPOLL_CTL_ADD, peer->fd, &event);
        continue;
      }
      double at;
      ssize_t got = receive(peer->fd, peer->bytes + peer->have, ROOM - 1 - peer->have, &at);
      if (got > 0) {
        peer->have += got;
        if (serve(peer, at) == 0) continue;
      } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        continue;
      }
      close(peer->fd);
      free(peer);
    }
  }
}
