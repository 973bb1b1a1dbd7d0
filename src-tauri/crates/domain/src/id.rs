//! Typed ids. New ones are UUIDv7, so that they sort by age; see [`crate::IdSource`].

use crate::macros::typed_id;

typed_id! {
    JobId, JobStepId, JobVersionId, JobExecutionId, StepExecutionId, LoopId, ChainExecutionId,
    JobChainId, JobChainMemberId, ChainMemberExecutionId, JobDependencyId, JobScheduleId, ChainScheduleId,
    ConnectionId, KnownHostId, PgpKeyId, SshKeyId, SecretId, AuditLogEntryId, DomainEventId, ReceiptId, PassageId, NodeId,
    FileMonitorId, MonitorJobBindingId, MonitorDirectoryStateId, MonitorFileLogId, TagId, EntityTagId,
    NotificationRuleId, EventDeliveryId, MissedFiresId, CalendarId, ExpectedFileCheckId,
}
