"""Why a platform was not read, or what it holds does not fit: what was found and expected, and what to do."""

PLATFORM = {
    "forbidden_host": "{label}: se encontró en la conexión la dirección de un enlace local, de los metadatos de una "
    "nube o de ninguna máquina, se esperaba la de un sitio. No se envió nada. Corrija la dirección de la conexión.",
    "no_address": "{label}: se encontró en la conexión una dirección mal escrita, se esperaba una como "
    "https://aula.ejemplo.mx. Corrija la dirección de la conexión.",
    "certificate": "{label}: se encontró un certificado que no se puede verificar, se esperaba uno válido para esa "
    "dirección. Pida que renueven el certificado del sitio, o que se instale aquí la autoridad que lo firma.",
    "no_answer": "{label}: no se encontró respuesta en {seconds:g} s, se esperaba una. Vuelva a intentarlo más tarde; "
    "si se repite, suba `timeout` de la fuente.",
    "broken": "{label}: se encontró la conexión interrumpida ({kind}), se esperaba una respuesta. Vuelva a intentarlo "
    "más tarde; si se repite, revise la dirección de la conexión y la red de este servidor.",
    "busy": "{label}: se encontró el estado HTTP {status}, se esperaba 200: el sitio está caído, en mantenimiento u "
    "ocupado. Vuelva a intentarlo más tarde.",
    "redirect": "{label}: se encontró una redirección (HTTP {status}), se esperaba una respuesta en la dirección "
    "misma. Ponga en la conexión la dirección en que termina el navegador, con https.",
    "status": "{label}: se encontró el estado HTTP {status}, se esperaba 200. Revise la dirección de la conexión y "
    "que el sitio admita a este servidor.",
    "no_platform": "fuente {source}: se encontró el tipo {kind}, se esperaba una plataforma. Sus archivos están en "
    "una carpeta de entrega.",
    "no_connection": "fuente {source}: no se encontró la conexión «{connection}», se esperaba una con ese nombre. "
    "Créela en Airflow (Admin › Connections) o defina AIRFLOW_CONN_{variable}.",
    "damaged": "archivo recibido {name}: se encontró un contenido dañado ({kind}), se esperaba el que se recibió. "
    "Recupérelo de un respaldo, o retire su lote y vuelva a correr la fuente.",
    "two_questions": "encuesta {survey}: {key}: se encontraron preguntas «{name}» en grupos distintos, se esperaba "
    "una. Escriba una de: {known}; o cambie el nombre de una en la plataforma.",
    "no_question": "encuesta {survey}: {key}: no se encontró la pregunta «{name}» en ninguna versión del cuestionario "
    "que se haya respondido, se esperaba una de: {known}. Corríjala, o corrija el código de la pregunta en la "
    "plataforma.",
    "other_scores": "encuesta {survey}: scored: se encontraron para {question} otros puntajes que para otra parte de "
    "{code}, se esperaban los mismos para toda la pregunta. Escríbalos una vez, para la pregunta.",
    "no_scores_in_options": "encuesta {survey}: scored: no se encontró puntaje de las opciones de {code}, se esperaba "
    "en algunas. Escriba `scores` ahí, o `score` junto a las opciones de la pregunta en el YAML de la fuente.",
    "no_structure": "{source}: archivos recibidos de {scope}: no se encontraron la encuesta en framework/surveys y su "
    "cuestionario, se esperaban los dos. Conserve la encuesta ahí, o vuelva a correr la fuente.",
    "no_survey": "{source}: archivos recibidos de {scope}: no se encontró una encuesta con esa clave, se esperaba en "
    "framework/surveys. Consérvela ahí.",
    "no_dataset": "{source}: archivos recibidos de {scope}: no se encontró el conjunto {dataset}, se esperaba junto a "
    "los demás del lote. Vuelva a correr la fuente.",
    "no_services": "{what}: se encontró el estado HTTP 403 sin contenido, se esperaba una respuesta. Active en el "
    "sitio los servicios web y el protocolo REST.",
    "strange_moodle": "{label}: {function}: se encontró una respuesta de otra forma, se esperaba {expected}. Vuelva a "
    "intentarlo más tarde; si se repite, revise que la dirección de la conexión sea la del Moodle mismo.",
    "out_of_service": "{what}: se encontró el sitio fuera de servicio ({code}), se esperaba una respuesta. Vuelva a "
    "intentarlo más tarde.",
    "exception": "{what}: se encontró la excepción {code}, se esperaban datos. {mend}",
    "nobody": "{source}: personas de {editions}: no se encontró ninguna, se esperaba al menos una persona inscrita. "
    "El rol de la cuenta de servicio necesita moodle/user:viewdetails (y moodle/site:accessallgroups si los grupos "
    "están separados); si todavía no hay nadie, no configure la edición hasta que haya.",
    "nobody_shows": "{what}: no se encontró `{key}` en nadie, se esperaba en todas. El rol de la cuenta de servicio "
    "necesita {capability}; si el campo no se va a leer, póngalo en `drop` de la fuente.",
    "profile_field": "{what}: no se encontró el campo de perfil «{shortname}» en ninguna de {people} personas, se "
    "esperaba en algunas. El rol de la cuenta de servicio necesita moodle/user:viewalldetails; si el nombre está mal, "
    "corrija `profile_fields.{name}` de la fuente.",
    "suspended": "{source}: cuentas de {edition}: no se encontró ninguna que diga si está suspendida, se esperaba que "
    "lo dijeran todas. El rol de la cuenta de servicio necesita moodle/user:viewdetails.",
    "activity_of_nobody": "{source}: finalización de {edition}: no se encontró la actividad {code} (cmid {cmid}) en "
    "la lista de nadie, se esperaba en la de todas las personas. Active el rastreo de finalización en el curso y en "
    "la actividad, y dé al rol de la cuenta de servicio el permiso de ver actividades de su clase, como "
    "mod/quiz:view.",
    "course": "{source}: curso «{shortname}»: cursos con ese nombre corto que se encontraron: {found}; se esperaba "
    "uno. Revise `course` de la edición y, si el curso está oculto, moodle/course:viewhiddencourses.",
    "activity": "{source}: actividad {code} («{wanted}») de {edition}: actividades visibles con finalización que se "
    "encontraron: {found}; se esperaba una. Si sigue en el curso, dé al rol de la cuenta de servicio el permiso de "
    "ver actividades de su clase, como mod/quiz:view; si cambió de nombre o está dos veces, corrija `activities` de la "
    "edición (un cmid es único); si se ocultó, ponga su número (cmid) y dé al rol moodle/course:viewhiddenactivities.",
    "activity_taken": "{source}: actividad {code} («{wanted}») de {edition}: se encontró la que ya está como {taken}, "
    "se esperaba otra. Corrija `activities` de la edición.",
    "survey_edition": "{source}: encuesta {survey}: se encontró la edición «{edition}», se esperaba una que entregue "
    "{source}: una retroalimentación es una actividad de su curso. Corrija `edition` de la encuesta.",
    "feedback": "{source}: encuesta {survey}: retroalimentaciones «{wanted}» que se encontraron entre las {listed} "
    "visibles del curso: {found}; se esperaba una. Corrija `survey_id` (el cmid, o el nombre exacto), o dé al rol de "
    "la cuenta de servicio mod/feedback:view.",
    "empty_feedback": "{source}: encuesta {survey}: no se encontró ninguna pregunta en su retroalimentación, se "
    "esperaban algunas. Dé al rol de la cuenta de servicio mod/feedback:viewreports, o agregue las preguntas.",
    "no_scores_in_moodle": "encuesta {survey}: scored: no se encontraron puntajes de {question}, se esperaban: en "
    "Moodle sólo las opciones de una pregunta calificada tienen un valor propio. Escriba `scores` (lugar de la "
    "opción: puntaje).",
    "strange_limesurvey": "{label}: {method}: se encontró una respuesta de otra forma, se esperaba JSON de "
    "RemoteControl. Vuelva a intentarlo más tarde; si se repite, revise que la dirección de la conexión sea la del "
    "LimeSurvey mismo.",
    "error_of_limesurvey": "{what}: se encontró un error del servidor, se esperaban datos. Búsquelo en el registro de "
    "LimeSurvey; su versión puede ser muy antigua o muy nueva para esta llamada.",
    "no_json_rpc": "{what}: se encontró una respuesta vacía, se esperaba JSON. Active JSON-RPC en LimeSurvey "
    "(Configuración global > Interfaces).",
    "xml_rpc": "{what}: se encontró XML-RPC, se esperaba JSON-RPC. Ponga la interfaz RPC de LimeSurvey en JSON-RPC "
    "(Configuración global > Interfaces).",
    "locked_out": "{what}: se encontró bloqueado a este servidor por accesos fallidos, se esperaba una clave de "
    "sesión. Espere unos minutos; si la contraseña de la conexión puede estar mal, corríjala antes de volver a "
    "intentarlo.",
    "status_of_limesurvey": "{what}: se encontró {found}, se esperaban datos. {mend}",
    "number_of_survey": "encuesta {survey}: survey_id: se encontró «{found}», se esperaba el número de la encuesta en "
    "LimeSurvey, como 202001. Corríjalo.",
    "inactive": "{source}: encuesta {survey}: se encontró inactiva, se esperaba activa: una encuesta inactiva no "
    "muestra ninguna de sus respuestas, y las que ya se cargaron se conservan. Actívela, o retírela de "
    "framework/surveys.",
    "no_scores_in_limesurvey": "encuesta {survey}: scored: {code}: no se encontró ningún puntaje en LimeSurvey (sus "
    "valores de evaluación son todos 0, o no hay), se esperaba uno por opción. Escríbalos, como scores: {{A1: 1, A2: "
    "2}}, o capture los valores de evaluación en LimeSurvey.",
    "token": "{what}: se encontró la clave (token) rechazada (HTTP 401), se esperaba una válida. Copie la clave API "
    "de la cuenta (Configuración de la cuenta > Seguridad) a la contraseña de la conexión.",
    "submissions_forbidden": "{what}: se encontró la consulta prohibida (HTTP 403), se esperaba el permiso de ver los "
    "envíos. Pida que compartan el proyecto con la cuenta, con «Ver envíos».",
    "no_project": "{what}: no se encontró nada en su `survey_id` (HTTP 404), se esperaba un proyecto: no existe, o la "
    "cuenta no tiene permiso de verlo. Corrija `survey_id` o la dirección de la conexión, o pida que compartan el "
    "proyecto con la cuenta, con «Ver envíos».",
    "query": "{what}: se encontró la consulta rechazada (HTTP 400), se esperaban envíos. La versión del servidor "
    "puede ser muy antigua o muy nueva: avise a quien mantiene Trimestre.",
    "strange_kobo": "{what}: se encontró una respuesta de otra forma, se esperaba JSON de la API v2 de KoboToolbox. "
    "Vuelva a intentarlo más tarde; si se repite, revise que la dirección de la conexión sea la del servidor que se "
    "abre para ver los datos (kf., eu.), no la del que sólo los recoge (kc., ee.).",
    "not_deployed": "{what}: se encontró un formulario en borrador, se esperaba uno implementado. Impleméntelo en "
    "KoboToolbox, o retire la encuesta de framework/surveys.",
    "encrypted": "{what}: se encontraron envíos cifrados, se esperaban sin cifrar: sólo los abre la clave de su "
    "dueño. Quite la clave pública del formulario e impleméntelo de nuevo; lo que llegó cifrado se queda así.",
    "uid": "encuesta {survey}: survey_id: se encontró «{found}», se esperaba el identificador del proyecto, que en su "
    "dirección sigue a /#/forms/, como aBcDeFgHiJkLmNoPqRsTuV. Corríjalo.",
    "no_token": "{label}: no se encontró en la conexión una clave (token) que sirva, se esperaba la clave API de una "
    "cuenta como contraseña. Cópiela de KoboToolbox (Configuración de la cuenta > Seguridad).",
    "no_scores_in_kobo": "encuesta {survey}: scored: {question}: no se encontraron puntajes, se esperaba opción: "
    "puntaje, porque KoboToolbox no los guarda. Escríbalos, como scores: {{muy_bien: 5, bien: 4}}.",
    "people": "{source}: personas de {edition}",
    "nobody_in": "{source}: no se ve a ninguna persona inscrita en {edition}. Si ya hay, la cuenta de servicio no "
    "puede verlas.",
    "gaps": "{source}: personas de {edition}: se encontraron páginas con huecos: la cuenta de servicio no puede ver a "
    "algunas, así que de nadie se da por hecho que ya no está. Su rol necesita moodle/user:viewdetails y "
    "moodle/site:accessallgroups.",
    "email": "moodle/course:useremail o moodle/site:viewuseridentity",
    "json": "JSON",
    "list": "una lista",
    "responses": "una con listas de respuestas",
    "unknown_exception": "desconocida",
    "known_status": "el estado «{status}»",
    "unknown_status": "un estado desconocido",
    "survey": "{source}: encuesta {survey}",
    "projects": "{source}: proyectos",
    "none": "ninguna",
}
"""Refusals of connections, platforms and questionnaires: in the log of a task, the list of batches and notices."""

MOODLE_MENDS = {
    "invalidtoken": "La clave (token) no es válida, o caducó y Moodle la borró. Genere otra y póngala en la conexión.",
    "accessexception": "La función no está en el servicio web, el servicio está desactivado, no admite la dirección IP "
    "de este servidor, o la clave (token) acaba de caducar. Revise el servicio externo y la clave.",
    "wsaccessusersuspended": "La cuenta de servicio está suspendida. Pida que la reactiven.",
    "errorcoursecontextnotvalid": "La cuenta de servicio no puede entrar al curso. Su rol necesita moodle/course:view "
    "(y moodle/course:viewhiddencourses si el curso está oculto).",
    "requireloginerror": "La cuenta de servicio no puede entrar al curso. Su rol necesita moodle/course:view.",
    "nopermissions": "A la cuenta de servicio le falta un permiso. Revise en su rol moodle/course:enrolreview, "
    "report/progress:view, moodle/user:viewdetails y, para una retroalimentación, mod/feedback:viewreports.",
    "accessdenied": "La cuenta de servicio no puede ver este grupo. Su rol necesita moodle/site:accessallgroups.",
    "notingroup": "La cuenta de servicio no está en ningún grupo del curso. Su rol necesita "
    "moodle/site:accessallgroups.",
    "invalidrecord": "El curso o la función no existen en el sitio. Revise `course` de la edición y la versión de "
    "Moodle.",
    "invaliduserfield": "El sitio no conoce un dato de las personas que se le pide. Revise la versión de Moodle.",
    "": "Búsquela en el registro del sitio y pregunte a quien lo administra.",
}
"""Exception of Moodle -> what to do; empty = any other."""

LIMESURVEY_MENDS = {
    "Invalid user name or password": "Revise usuario y contraseña de la conexión. No lo intente una y otra vez: tras "
    "unos accesos fallidos LimeSurvey bloquea a este servidor.",
    "No permission": "Dé a la cuenta permisos en la encuesta: configuración, contenido y respuestas (lectura, "
    "exportación), y participantes (lectura) si tiene; o corrija `survey_id`.",
    "Error: Invalid survey ID": "Corrija `survey_id` de la encuesta.",
    "Invalid surveyid": "Corrija `survey_id` de la encuesta.",
    "Error: Invalid language": "Pregunte a quien administra la encuesta qué idiomas tiene.",
    "Error: Invalid questionid": "El cuestionario cambió mientras se leía: vuelva a correr la fuente.",
    "Language code not found for this survey.": "Pregunte a quien administra la encuesta cuál es su idioma base.",
    "Invalid session key": "LimeSurvey cerró la sesión, y también la que se abrió después. Vuelva a correr la fuente; "
    "si se repite, pida a quien lo administra sesiones más largas y compartidas entre todos sus servidores.",
    "No Data, survey table does not exist.": "La encuesta está inactiva: actívela, o retírela de framework/surveys.",
    "": "Revise la encuesta y los permisos de la cuenta.",
}
"""Status of LimeSurvey -> what to do; empty = any other."""
