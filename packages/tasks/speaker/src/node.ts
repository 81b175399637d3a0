export {
  isEnrolmentStore,
  openEnrolmentStore,
  type EnrolledSpeaker,
  type EnrolmentStore,
} from "./enrolment-store.js";
